/*
 * Questions and answers over UDP, from fresh ports.
 *
 * A port that lives for one question, or for one burst of them, is one no one could know before (the kernel draws it at
 * random); connected, it hears one peer alone and is told when that peer's machine refuses. The sockets themselves are used
 * again, each time with another port. Thousands of them wait in one epoll instance, which the event loop watches as a single
 * descriptor.
 */
#include "addon.h"

#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_READY 64
/* Questions that share a port, at most. */
#define MAX_TOGETHER 16
#define ADDRESS_SIZE sizeof(struct sockaddr_in6)

/* How a peer is reached: its address, our own (AF_UNSPEC: the kernel's choice), the device (empty: by the routes). */
struct peer {
  uint8_t remote[ADDRESS_SIZE];
  uint8_t local[ADDRESS_SIZE];
  char device[IFNAMSIZ];
};

/* exchangeCreate(): descriptor of the set of waiting sockets */
static napi_value exchange_create(napi_env env, napi_callback_info info) {
  (void)info;
  return make_result(env, epoll_create1(EPOLL_CLOEXEC));
}

static socklen_t size_of(const struct sockaddr *address) {
  return address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

/* Connects: a fresh port. The device is set each time: disconnecting has forgotten it. */
static int connect_socket(int fd, const struct peer *peer) {
  struct sockaddr_storage remote;
  memset(&remote, 0, sizeof remote);
  memcpy(&remote, peer->remote, ADDRESS_SIZE);
  if (peer->device[0] != 0 &&
      setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, peer->device, strnlen(peer->device, IFNAMSIZ - 1)) < 0)
    return -1;
  return connect(fd, (struct sockaddr *)&remote, size_of((struct sockaddr *)&remote));
}

/* Throws away what was heard before the next question, which is not to take it for an answer. */
static int drain_socket(int fd) {
  char byte;
  /* A socket keeps some hundred datagrams and one error; more is a peer that goes on sending. */
  for (int left = 4096, errors = 0; left > 0 && errors < 2; left--) {
    if (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0) continue;
    if (errno == EAGAIN) return 0;
    errors++;
  }
  return -1;
}

/* Gives the port back. */
static int disconnect_socket(int fd) {
  struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  return connect(fd, &nobody, sizeof nobody) < 0 ? -1 : drain_socket(fd);
}

/*
 * Sends `count` questions that lie one after the other; results[i], their lengths before, are minus the errno if it failed.
 * How many failed.
 */
static int send_questions(int fd, uint8_t *bytes, int32_t *results, int count) {
  struct mmsghdr messages[MAX_TOGETHER];
  struct iovec vectors[MAX_TOGETHER];
  if (count == 1) {
    ssize_t sent = send(fd, bytes, (size_t)results[0], MSG_NOSIGNAL);
    if (sent >= 0) return 0;
    results[0] = -errno;
    return 1;
  }
  memset(messages, 0, (size_t)count * sizeof messages[0]);
  for (int i = 0; i < count; i++) {
    vectors[i] = (struct iovec){bytes, (size_t)results[i]};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    bytes += results[i];
  }
  int failed = 0;
  for (int next = 0; next < count;) {
    int sent = sendmmsg(fd, messages + next, (unsigned)(count - next), MSG_NOSIGNAL);
    if (sent > 0) {
      next += sent;
    } else if (errno != EINTR) {
      results[next++] = -errno;
      failed++;
    }
  }
  return failed;
}

static int open_socket(int set, const struct peer *peer) {
  struct sockaddr_storage local;
  sa_family_t family;
  memset(&local, 0, sizeof local);
  memcpy(&local, peer->local, ADDRESS_SIZE);
  memcpy(&family, peer->remote, sizeof family);
  int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if ((local.ss_family == AF_UNSPEC || bind(fd, (struct sockaddr *)&local, size_of((struct sockaddr *)&local)) == 0) &&
      epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0)
    return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

/* exchangeConnect(set, fd, peer): a socket with a fresh port; `fd` is one used before, or -1. That one is closed on failure. */
static napi_value exchange_connect(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  int fd = get_int(&in, 1);
  struct bytes packed = get_bytes(&in, 2);
  if (packed.length != sizeof(struct peer)) return make_int(env, -EINVAL);
  const struct peer *peer = (const struct peer *)packed.data;
  bool is_used = fd >= 0;
  if (!is_used) fd = open_socket(get_int(&in, 0), peer);
  if (fd < 0) return make_result(env, fd);
  if ((!is_used || disconnect_socket(fd) == 0) && connect_socket(fd, peer) == 0) return make_int(env, fd);
  int error = errno;
  close(fd);
  return make_int(env, -error);
}

/*
 * exchangeSend(fd, bytes, lengths, count, waited): how many could not be sent
 *
 * lengths[i] is the length of question i on entry, and minus the errno on return if that one could not be sent. `waited` is 1
 * for a socket that has been connected for a while, so that a peer may have sent it something.
 */
static napi_value exchange_send(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 1);
  struct bytes lengths = get_bytes(&in, 2);
  int count = get_int(&in, 3);
  int32_t *results = (int32_t *)lengths.data;
  size_t room = bytes.length;
  if (count <= 0 || count > MAX_TOGETHER || lengths.length / sizeof(int32_t) < (size_t)count)
    return make_int(env, -EINVAL);
  for (int i = 0; i < count; i++) {
    if (results[i] < 0 || (size_t)results[i] > room) return make_int(env, -EINVAL);
    room -= (size_t)results[i];
  }
  int fd = get_int(&in, 0);
  /* A socket that cannot be drained cannot send either, and says why. */
  if (get_int(&in, 4)) drain_socket(fd);
  return make_int(env, send_questions(fd, bytes.data, results, count));
}

static int64_t now_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Where datagrams go: `room` slots of `size` bytes, and for each its socket and its length or minus the errno. */
struct slots {
  uint8_t *bytes;
  size_t size;
  size_t room;
  int32_t *sockets;
  int32_t *results;
};

/* Arguments 1..4: bytes, slotBytes, sockets, results. No room if they are no good. */
static struct slots get_slots(const struct arguments *in) {
  struct bytes bytes = get_bytes(in, 1);
  int32_t size = get_int(in, 2);
  struct bytes sockets = get_bytes(in, 3);
  struct bytes results = get_bytes(in, 4);
  size_t room = size > 0 ? bytes.length / (size_t)size : 0;
  if (sockets.length / sizeof(int32_t) < room) room = sockets.length / sizeof(int32_t);
  if (results.length / sizeof(int32_t) < room) room = results.length / sizeof(int32_t);
  return (struct slots){bytes.data, (size_t)size, room, (int32_t *)sockets.data, (int32_t *)results.data};
}

/* All that came on one socket, into the slots from `at` on: how many it fills; a refusal fills one. */
static size_t receive_from(int fd, const struct slots *slots, size_t at) {
  struct mmsghdr messages[MAX_TOGETHER];
  struct iovec vectors[MAX_TOGETHER];
  size_t room = slots->room - at;
  size_t count = room < MAX_TOGETHER ? room : MAX_TOGETHER;
  memset(messages, 0, count * sizeof messages[0]);
  for (size_t i = 0; i < count; i++) {
    vectors[i] = (struct iovec){slots->bytes + (at + i) * slots->size, slots->size};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  int received = recvmmsg(fd, messages, (unsigned)count, MSG_DONTWAIT | MSG_TRUNC, NULL);
  /* A datagram with a wrong checksum wakes us and is gone. */
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  int entries = received < 0 ? 1 : received;
  for (int i = 0; i < entries; i++) {
    slots->sockets[at + (size_t)i] = fd;
    slots->results[at + (size_t)i] = received < 0 ? -errno : (int32_t)messages[i].msg_len;
  }
  return (size_t)entries;
}

/*
 * exchangeReceive(set, bytes, slotBytes, sockets, results): how many datagrams and refusals came
 *
 * Entry i: sockets[i] is the descriptor, results[i] the length of the datagram at i * slotBytes (above slotBytes if it was
 * cut), or minus the errno.
 */
static napi_value exchange_receive(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct slots slots = get_slots(&in);
  if (slots.room == 0) return make_int(env, -EINVAL);
  struct epoll_event events[MAX_READY];
  int ready = epoll_wait(get_int(&in, 0), events, slots.room < MAX_READY ? (int)slots.room : MAX_READY, 0);
  if (ready < 0) return make_result(env, ready);
  size_t count = 0;
  for (int i = 0; i < ready && count < slots.room; i++) count += receive_from(events[i].data.fd, &slots, count);
  return make_int(env, (int64_t)count);
}

/*
 * exchangePoll(fd, bytes, patience): the length of the datagram that came on one socket, above that of `bytes` if it was cut; or
 * minus the errno, -EAGAIN if nothing came
 *
 * Looks again and again for `patience` microseconds, without going to sleep: for a peer so near that being woken would take
 * longer than its answer.
 */
static napi_value exchange_poll(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  int fd = get_int(&in, 0);
  struct bytes bytes = get_bytes(&in, 1);
  int64_t until = now_nanoseconds() + (int64_t)get_int(&in, 2) * 1000;
  ssize_t length;
  do {
    length = recv(fd, bytes.data, bytes.length, MSG_DONTWAIT | MSG_TRUNC);
  } while (length < 0 && (errno == EAGAIN || errno == EINTR) && now_nanoseconds() < until);
  return make_result(env, length);
}

void export_exchange(napi_env env, napi_value exports) {
  export_function(env, exports, "exchangeCreate", exchange_create);
  export_function(env, exports, "exchangeConnect", exchange_connect);
  export_function(env, exports, "exchangeSend", exchange_send);
  export_function(env, exports, "exchangeReceive", exchange_receive);
  export_function(env, exports, "exchangePoll", exchange_poll);
}
