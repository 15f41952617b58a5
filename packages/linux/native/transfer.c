/* Sending and receiving one message: plain, with an address, with packet auxiliary data, with descriptors. */
#include "addon.h"

#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Most descriptors the kernel passes in one message (SCM_MAX_FD). */
#define MAX_DESCRIPTORS 253

/* Cuts `bytes` to the offset in argument `index` and the length in the next one, if they are given; false if they do not fit. */
static bool cut(const struct arguments *in, int index, struct bytes *bytes) {
  napi_valuetype type;
  if (napi_typeof(in->env, in->values[index], &type) != napi_ok || type != napi_number) return true;
  double offset = get_double(in, index);
  double length = get_double(in, index + 1);
  if (!(offset >= 0 && length >= 0 && offset + length <= bytes->length)) return false;
  bytes->data += (size_t)offset;
  bytes->length = (size_t)length;
  return true;
}

/* recv(fd, bytes, flags): length; with MSG_TRUNC the real length even if it did not fit */
static napi_value receive(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 1);
  return make_result(env, recv(get_int(&in, 0), bytes.data, bytes.length, get_int(&in, 2)));
}

/* recvfrom(fd, bytes, flags, address): length; the sender's address is written into `address` */
static napi_value receive_from(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 1);
  struct bytes address = get_bytes(&in, 3);
  socklen_t length = address.length;
  return make_result(env, recvfrom(get_int(&in, 0), bytes.data, bytes.length, get_int(&in, 2),
                                   (struct sockaddr *)address.data, &length));
}

/* recvPacket(fd, bytes, address, status): length; status[0] becomes tp_status of the packet's auxiliary data, or 0 */
static napi_value receive_packet(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 1);
  struct bytes address = get_bytes(&in, 2);
  struct bytes status = get_bytes(&in, 3);
  if (status.length < sizeof(uint32_t)) return make_int(env, -EINVAL);

  union {
    struct cmsghdr align;
    uint8_t space[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
  } control = {0};
  struct iovec vector = {.iov_base = bytes.data, .iov_len = bytes.length};
  struct msghdr message = {.msg_name = address.data,
                           .msg_namelen = address.length,
                           .msg_iov = &vector,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof control};
  ssize_t length = recvmsg(get_int(&in, 0), &message, MSG_TRUNC);
  if (length < 0) return make_result(env, length);

  uint32_t found = 0;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part != NULL; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_PACKET || part->cmsg_type != PACKET_AUXDATA) continue;
    struct tpacket_auxdata auxiliary;
    memcpy(&auxiliary, CMSG_DATA(part), sizeof auxiliary);
    found = auxiliary.tp_status;
  }
  memcpy(status.data, &found, sizeof found);
  return make_int(env, length);
}

/* recvDescriptors(fd, bytes, table): length; table (Int32Array) becomes [count, msg_flags, descriptor, ...] */
static napi_value receive_descriptors(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 1);
  struct bytes table = get_bytes(&in, 2);
  if (table.length < 2 * sizeof(int32_t)) return make_int(env, -EINVAL);
  int32_t *slots = (int32_t *)table.data;
  size_t room = table.length / sizeof(int32_t) - 2;

  union {
    struct cmsghdr align;
    uint8_t space[CMSG_SPACE(MAX_DESCRIPTORS * sizeof(int))];
  } control;
  struct iovec vector = {.iov_base = bytes.data, .iov_len = bytes.length};
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  slots[0] = 0;
  slots[1] = 0;
  ssize_t length = recvmsg(get_int(&in, 0), &message, MSG_CMSG_CLOEXEC);
  if (length < 0) return make_result(env, length);

  size_t count = 0;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part != NULL; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    size_t passed = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < passed; i++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof descriptor);
      if (count < room) {
        slots[2 + count++] = descriptor;
      } else {
        /* No one would ever close it. */
        close(descriptor);
        message.msg_flags |= MSG_CTRUNC;
      }
    }
  }
  slots[0] = (int32_t)count;
  slots[1] = message.msg_flags;
  return make_int(env, length);
}

/* send(fd, bytes, flags, offset?, length?): length sent; never raises SIGPIPE */
static napi_value send_bytes(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes part = get_bytes(&in, 1);
  if (!cut(&in, 3, &part)) return make_int(env, -EINVAL);
  return make_result(env, send(get_int(&in, 0), part.data, part.length, get_int(&in, 2) | MSG_NOSIGNAL));
}

/* sendto(fd, bytes, flags, address): length sent */
static napi_value send_to(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 1);
  struct bytes address = get_bytes(&in, 3);
  return make_result(env, sendto(get_int(&in, 0), bytes.data, bytes.length, get_int(&in, 2) | MSG_NOSIGNAL,
                                 (struct sockaddr *)address.data, address.length));
}

/* sendDescriptors(fd, bytes, descriptors, offset?, length?): length sent; descriptors is an Int32Array */
static napi_value send_descriptors(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes descriptors = get_bytes(&in, 2);
  struct bytes part = get_bytes(&in, 1);
  if (!cut(&in, 3, &part)) return make_int(env, -EINVAL);
  size_t size = descriptors.length - descriptors.length % sizeof(int);
  if (size > MAX_DESCRIPTORS * sizeof(int)) return make_int(env, -EINVAL);

  union {
    struct cmsghdr align;
    uint8_t space[CMSG_SPACE(MAX_DESCRIPTORS * sizeof(int))];
  } control;
  memset(&control, 0, sizeof control);
  struct iovec vector = {.iov_base = part.data, .iov_len = part.length};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (size > 0) {
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(size);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), descriptors.data, size);
  }
  return make_result(env, sendmsg(get_int(&in, 0), &message, MSG_NOSIGNAL));
}

void export_transfer(napi_env env, napi_value exports) {
  export_function(env, exports, "recv", receive);
  export_function(env, exports, "recvfrom", receive_from);
  export_function(env, exports, "recvPacket", receive_packet);
  export_function(env, exports, "recvDescriptors", receive_descriptors);
  export_function(env, exports, "send", send_bytes);
  export_function(env, exports, "sendto", send_to);
  export_function(env, exports, "sendDescriptors", send_descriptors);
}
