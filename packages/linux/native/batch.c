/*
 * Up to 64 datagrams in one system call, all in one caller's buffer.
 *
 * The caller owns four tables with an entry per datagram: offsets and lengths (Uint32Array) say where in `bytes` it
 * lies, `addresses` holds 28 bytes of struct sockaddr each, room for either family. Nothing is allocated here.
 */
#include "addon.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_BATCH 64
#define ADDRESS_SIZE sizeof(struct sockaddr_in6)

struct tables {
  struct bytes bytes;
  uint32_t *offsets;
  uint32_t *lengths;
  uint8_t *addresses;
  size_t entries;
};

/* Arguments 1..4: bytes, offsets, lengths, addresses. */
static struct tables get_tables(const struct arguments *in) {
  struct bytes offsets = get_bytes(in, 2);
  struct bytes lengths = get_bytes(in, 3);
  struct bytes addresses = get_bytes(in, 4);
  size_t entries = offsets.length / sizeof(uint32_t);
  if (lengths.length / sizeof(uint32_t) < entries) entries = lengths.length / sizeof(uint32_t);
  if (addresses.length / ADDRESS_SIZE < entries) entries = addresses.length / ADDRESS_SIZE;
  return (struct tables){get_bytes(in, 1), (uint32_t *)offsets.data, (uint32_t *)lengths.data, addresses.data, entries};
}

/*
 * recvmmsg(fd, bytes, offsets, lengths, addresses): how many came
 *
 * On entry lengths[i] is the room at offsets[i]; on return the length of datagram i, above the room if it was cut.
 */
static napi_value receive_batch(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct tables tables = get_tables(&in);
  struct mmsghdr messages[MAX_BATCH];
  struct iovec vectors[MAX_BATCH];
  size_t count = tables.entries < MAX_BATCH ? tables.entries : MAX_BATCH;

  memset(messages, 0, count * sizeof messages[0]);
  for (size_t i = 0; i < count; i++) {
    if ((size_t)tables.offsets[i] + tables.lengths[i] > tables.bytes.length) return make_int(env, -EINVAL);
    vectors[i] = (struct iovec){tables.bytes.data + tables.offsets[i], tables.lengths[i]};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = tables.addresses + i * ADDRESS_SIZE;
    messages[i].msg_hdr.msg_namelen = ADDRESS_SIZE;
  }
  int received = recvmmsg(get_int(&in, 0), messages, count, MSG_DONTWAIT | MSG_TRUNC, NULL);
  for (int i = 0; i < received; i++) tables.lengths[i] = messages[i].msg_len;
  return make_result(env, received);
}

/* sendmmsg(fd, bytes, offsets, lengths, addresses, from << 16 | count): how many of the entries from..from+count-1 went */
static napi_value send_batch(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct tables tables = get_tables(&in);
  uint32_t range = (uint32_t)get_int(&in, 5);
  size_t from = range >> 16;
  size_t count = range & 0xffff;
  struct mmsghdr messages[MAX_BATCH];
  struct iovec vectors[MAX_BATCH];

  if (count > MAX_BATCH) count = MAX_BATCH;
  if (from + count > tables.entries) return make_int(env, -EINVAL);
  memset(messages, 0, count * sizeof messages[0]);
  for (size_t i = 0; i < count; i++) {
    size_t entry = from + i;
    if ((size_t)tables.offsets[entry] + tables.lengths[entry] > tables.bytes.length) return make_int(env, -EINVAL);
    struct sockaddr *address = (struct sockaddr *)(tables.addresses + entry * ADDRESS_SIZE);
    vectors[i] = (struct iovec){tables.bytes.data + tables.offsets[entry], tables.lengths[entry]};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    /* An entry without an address goes to the peer of a connected socket. */
    if (address->sa_family != AF_UNSPEC) {
      messages[i].msg_hdr.msg_name = address;
      messages[i].msg_hdr.msg_namelen =
          address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    }
  }
  return make_result(env, sendmmsg(get_int(&in, 0), messages, count, MSG_DONTWAIT | MSG_NOSIGNAL));
}

void export_batch(napi_env env, napi_value exports) {
  export_function(env, exports, "recvmmsg", receive_batch);
  export_function(env, exports, "sendmmsg", send_batch);
}
