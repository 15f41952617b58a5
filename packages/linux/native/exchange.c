/*
 * Questions and answers over UDP, a fresh port for each question.
 *
 * A port that lives for one question is one nobody could know before (the kernel draws it at random); connected, it hears
 * one peer alone and is told when that peer's machine refuses. The sockets themselves are used again: between questions
 * they are disconnected, which gives the port back, so that an idle one can collect nothing. Thousands of them wait in one
 * epoll instance, which the event loop watches as a single descriptor.
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

/* Connects and sends. The device is set each time: disconnecting has forgotten it. */
static int use_socket(int fd, const struct peer *peer, const struct bytes *question) {
  struct sockaddr_storage remote;
  memset(&remote, 0, sizeof remote);
  memcpy(&remote, peer->remote, ADDRESS_SIZE);
  if (peer->device[0] != 0 &&
      setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, peer->device, strnlen(peer->device, IFNAMSIZ - 1)) < 0)
    return -1;
  if (connect(fd, (struct sockaddr *)&remote, size_of((struct sockaddr *)&remote)) < 0) return -1;
  return send(fd, question->data, question->length, MSG_NOSIGNAL) < 0 ? -1 : 0;
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

/* exchangeSend(set, fd, peer, bytes, length): the socket; `fd` is a released one, or -1 for a new one. Closed on failure. */
static napi_value exchange_send(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 2);
  struct bytes question = get_bytes(&in, 3);
  int32_t length = get_int(&in, 4);
  if (bytes.length != sizeof(struct peer) || length < 0 || (size_t)length > question.length) return make_int(env, -EINVAL);
  question.length = (size_t)length;
  const struct peer *peer = (const struct peer *)bytes.data;
  int fd = get_int(&in, 1);
  if (fd < 0) fd = open_socket(get_int(&in, 0), peer);
  if (fd < 0) return make_result(env, fd);
  if (use_socket(fd, peer, &question) == 0) return make_int(env, fd);
  int error = errno;
  close(fd);
  return make_int(env, -error);
}

/* exchangeRelease(fd): disconnects, which gives the port back, and throws away what was heard too late */
static napi_value exchange_release(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  int fd = get_int(&in, 0);
  struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  char byte;
  if (connect(fd, &nobody, sizeof nobody) < 0) return make_result(env, -1);
  /* A datagram, or an error: either way the next call finds less. */
  while (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0 || errno != EAGAIN)
    ;
  return make_int(env, 0);
}

static int64_t now_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * exchangeReceive(set, bytes, slotBytes, sockets, results, patience): how many sockets had something
 *
 * Looks again and again for `patience` microseconds when there is nothing yet, without going to sleep: for a peer so near
 * that being woken would take longer than its answer.
 *
 * Entry i: sockets[i] is the descriptor, results[i] the length of the datagram at i * slotBytes (above slotBytes if it was
 * cut), or minus the errno.
 */
static napi_value exchange_receive(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 1);
  int32_t slot = get_int(&in, 2);
  struct bytes sockets = get_bytes(&in, 3);
  struct bytes results = get_bytes(&in, 4);
  if (slot <= 0) return make_int(env, -EINVAL);
  size_t room = bytes.length / (size_t)slot;
  if (sockets.length / sizeof(int32_t) < room) room = sockets.length / sizeof(int32_t);
  if (results.length / sizeof(int32_t) < room) room = results.length / sizeof(int32_t);
  if (room > MAX_READY) room = MAX_READY;
  if (room == 0) return make_int(env, -EINVAL);

  struct epoll_event events[MAX_READY];
  int set = get_int(&in, 0);
  int ready = epoll_wait(set, events, (int)room, 0);
  int64_t until = ready == 0 && get_int(&in, 5) > 0 ? now_nanoseconds() + (int64_t)get_int(&in, 5) * 1000 : 0;
  while (ready == 0 && now_nanoseconds() < until) ready = epoll_wait(set, events, (int)room, 0);
  if (ready < 0) return make_result(env, ready);
  int count = 0;
  for (int i = 0; i < ready; i++) {
    int fd = events[i].data.fd;
    ssize_t length = recv(fd, bytes.data + (size_t)count * (size_t)slot, (size_t)slot, MSG_DONTWAIT | MSG_TRUNC);
    /* A datagram with a wrong checksum wakes us and is gone. */
    if (length < 0 && errno == EAGAIN) continue;
    ((int32_t *)sockets.data)[count] = fd;
    ((int32_t *)results.data)[count] = length < 0 ? -errno : (int32_t)length;
    count++;
  }
  return make_int(env, count);
}

void export_exchange(napi_env env, napi_value exports) {
  export_function(env, exports, "exchangeCreate", exchange_create);
  export_function(env, exports, "exchangeSend", exchange_send);
  export_function(env, exports, "exchangeRelease", exchange_release);
  export_function(env, exports, "exchangeReceive", exchange_receive);
}
