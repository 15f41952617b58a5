/*
 * Questions and answers over UDP, a fresh socket for each question.
 *
 * A socket that lives for one question has a port nobody could know before (the kernel draws it at random), hears one
 * peer alone, and is told when that peer's machine refuses. Thousands of them wait in one epoll instance, which the
 * event loop watches as a single descriptor, so that a question costs no handle of its own there.
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

static int open_exchange(const struct peer *peer, const struct bytes *question) {
  struct sockaddr_storage remote, local;
  memset(&remote, 0, sizeof remote);
  memset(&local, 0, sizeof local);
  memcpy(&remote, peer->remote, ADDRESS_SIZE);
  memcpy(&local, peer->local, ADDRESS_SIZE);
  int fd = socket(remote.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (peer->device[0] != 0 &&
      setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, peer->device, strnlen(peer->device, IFNAMSIZ - 1)) < 0)
    goto failed;
  if (local.ss_family != AF_UNSPEC &&
      bind(fd, (struct sockaddr *)&local, size_of((struct sockaddr *)&local)) < 0)
    goto failed;
  if (connect(fd, (struct sockaddr *)&remote, size_of((struct sockaddr *)&remote)) < 0) goto failed;
  if (send(fd, question->data, question->length, MSG_NOSIGNAL) < 0) goto failed;
  return fd;

failed:;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

/* exchangeSend(set, token, peer, bytes, length): descriptor of the new socket; `token` comes back with what it hears */
static napi_value exchange_send(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes peer = get_bytes(&in, 2);
  struct bytes question = get_bytes(&in, 3);
  int32_t length = get_int(&in, 4);
  if (peer.length != sizeof(struct peer) || length < 0 || (size_t)length > question.length) return make_int(env, -EINVAL);
  question.length = (size_t)length;
  int fd = open_exchange((const struct peer *)peer.data, &question);
  if (fd < 0) return make_result(env, fd);
  struct epoll_event event = {.events = EPOLLIN,
                              .data.u64 = (uint64_t)(uint32_t)get_int(&in, 1) << 32 | (uint32_t)fd};
  if (epoll_ctl(get_int(&in, 0), EPOLL_CTL_ADD, fd, &event) < 0) {
    int error = errno;
    close(fd);
    return make_int(env, -error);
  }
  return make_int(env, fd);
}

static int64_t now_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * exchangeReceive(set, bytes, slotBytes, tokens, results, patience): how many sockets had something
 *
 * Looks again and again for `patience` microseconds when there is nothing yet, without going to sleep: for a peer so near
 * that being woken would take longer than its answer.
 *
 * Entry i: tokens[i] is the token, results[i] the length of the datagram at i * slotBytes (above slotBytes if it was
 * cut), or minus the errno.
 */
static napi_value exchange_receive(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 1);
  int32_t slot = get_int(&in, 2);
  struct bytes tokens = get_bytes(&in, 3);
  struct bytes results = get_bytes(&in, 4);
  if (slot <= 0) return make_int(env, -EINVAL);
  size_t room = bytes.length / (size_t)slot;
  if (tokens.length / sizeof(int32_t) < room) room = tokens.length / sizeof(int32_t);
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
    int fd = (int)(uint32_t)events[i].data.u64;
    ssize_t length = recv(fd, bytes.data + (size_t)count * (size_t)slot, (size_t)slot, MSG_DONTWAIT | MSG_TRUNC);
    /* A datagram with a wrong checksum wakes us and is gone. */
    if (length < 0 && errno == EAGAIN) continue;
    ((int32_t *)tokens.data)[count] = (int32_t)(events[i].data.u64 >> 32);
    ((int32_t *)results.data)[count] = length < 0 ? -errno : (int32_t)length;
    count++;
  }
  return make_int(env, count);
}

void export_exchange(napi_env env, napi_value exports) {
  export_function(env, exports, "exchangeCreate", exchange_create);
  export_function(env, exports, "exchangeSend", exchange_send);
  export_function(env, exports, "exchangeReceive", exchange_receive);
}
