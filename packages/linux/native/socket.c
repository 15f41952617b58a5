/* Making and arranging sockets of any family; addresses go in and out as the bytes of their struct sockaddr. */
#include "addon.h"

#include <linux/filter.h>
#include <sys/socket.h>

/* socket(family, type, protocol): descriptor; always close-on-exec and non-blocking. */
static napi_value open_socket(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  return make_result(env, socket(get_int(&in, 0), get_int(&in, 1) | SOCK_CLOEXEC | SOCK_NONBLOCK, get_int(&in, 2)));
}

/* bind(fd, address) */
static napi_value bind_socket(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes address = get_bytes(&in, 1);
  return make_result(env, bind(get_int(&in, 0), (struct sockaddr *)address.data, address.length));
}

/* connect(fd, address); -EINPROGRESS is the ordinary answer of a stream */
static napi_value connect_socket(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes address = get_bytes(&in, 1);
  return make_result(env, connect(get_int(&in, 0), (struct sockaddr *)address.data, address.length));
}

/* listen(fd, backlog) */
static napi_value listen_socket(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  return make_result(env, listen(get_int(&in, 0), get_int(&in, 1)));
}

/* accept(fd, address): descriptor; the peer's address is written into `address` */
static napi_value accept_socket(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes address = get_bytes(&in, 1);
  socklen_t length = address.length;
  return make_result(env, accept4(get_int(&in, 0), (struct sockaddr *)address.data, address.data ? &length : NULL,
                                  SOCK_CLOEXEC | SOCK_NONBLOCK));
}

/* shutdown(fd, how) */
static napi_value shutdown_socket(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  return make_result(env, shutdown(get_int(&in, 0), get_int(&in, 1)));
}

typedef int name_call(int fd, struct sockaddr *address, socklen_t *length);

static napi_value get_name(napi_env env, napi_callback_info info, name_call *call) {
  struct arguments in = get_arguments(env, info);
  struct bytes address = get_bytes(&in, 1);
  socklen_t length = address.length;
  int result = call(get_int(&in, 0), (struct sockaddr *)address.data, &length);
  return make_result(env, result < 0 ? result : (int64_t)length);
}

/* getsockname(fd, address): length of the address */
static napi_value local_name(napi_env env, napi_callback_info info) {
  return get_name(env, info, getsockname);
}

/* getpeername(fd, address): length of the address */
static napi_value peer_name(napi_env env, napi_callback_info info) {
  return get_name(env, info, getpeername);
}

/* setsockopt(fd, level, name, value): value is a number or bytes */
static napi_value set_option(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes value = get_bytes(&in, 3);
  int number = get_int(&in, 3);
  if (value.data == NULL && value.length == 0) value = (struct bytes){(uint8_t *)&number, sizeof number};
  return make_result(env, setsockopt(get_int(&in, 0), get_int(&in, 1), get_int(&in, 2), value.data, value.length));
}

/* getsockopt(fd, level, name, value): length of what was written into `value` */
static napi_value get_option(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes value = get_bytes(&in, 3);
  socklen_t length = value.length;
  int result = getsockopt(get_int(&in, 0), get_int(&in, 1), get_int(&in, 2), value.data, &length);
  return make_result(env, result < 0 ? result : (int64_t)length);
}

/* attachFilter(fd, program): program is an array of struct sock_filter */
static napi_value attach_filter(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes program = get_bytes(&in, 1);
  struct sock_fprog filter = {.len = program.length / sizeof(struct sock_filter), .filter = (void *)program.data};
  return make_result(env, setsockopt(get_int(&in, 0), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter));
}

void export_socket(napi_env env, napi_value exports) {
  export_function(env, exports, "socket", open_socket);
  export_function(env, exports, "bind", bind_socket);
  export_function(env, exports, "connect", connect_socket);
  export_function(env, exports, "listen", listen_socket);
  export_function(env, exports, "accept", accept_socket);
  export_function(env, exports, "shutdown", shutdown_socket);
  export_function(env, exports, "getsockname", local_name);
  export_function(env, exports, "getpeername", peer_name);
  export_function(env, exports, "setsockopt", set_option);
  export_function(env, exports, "getsockopt", get_option);
  export_function(env, exports, "attachFilter", attach_filter);
}
