/*
 * Waiting for a descriptor on Node's own event loop.
 *
 * A watch belongs to two owners: the loop (until uv_close has finished) and JavaScript (until its external is
 * collected). The last one frees it, so that closing inside the watch's own callback, or never, is safe. A watch that is
 * open keeps the loop alive unless it was unreferenced; at the end of the environment a cleanup hook closes it.
 */
#include "addon.h"

#include <stdlib.h>
#include <uv.h>

/* The bit that tells an error condition; UV_READABLE is 1 and UV_WRITABLE 2. */
#define WATCH_ERROR 16

struct watch {
  uv_poll_t poll;
  napi_env env;
  napi_ref callback;
  napi_async_cleanup_hook_handle hook;
  int events;
  int owners;
  bool closing;
};

static void release(struct watch *watch) {
  if (--watch->owners == 0) free(watch);
}

static void on_closed(uv_handle_t *handle) {
  struct watch *watch = handle->data;
  napi_delete_reference(watch->env, watch->callback);
  napi_remove_async_cleanup_hook(watch->hook);
  release(watch);
}

static void close_watch(struct watch *watch) {
  if (watch->closing) return;
  watch->closing = true;
  uv_close((uv_handle_t *)&watch->poll, on_closed);
}

static void on_environment_end(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  close_watch(data);
}

static void on_collected(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  release(data);
}

static void on_event(uv_poll_t *poll, int status, int events) {
  struct watch *watch = poll->data;
  napi_env env = watch->env;
  if (status < 0) {
    /* libuv stops a poll that saw EPOLLERR. The error is the socket's, to be read by the caller: go on watching. */
    events = WATCH_ERROR | UV_READABLE;
    uv_poll_start(poll, watch->events, on_event);
  }

  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value callback, self, argument;
  if (napi_get_reference_value(env, watch->callback, &callback) == napi_ok &&
      napi_get_global(env, &self) == napi_ok && napi_create_int32(env, events, &argument) == napi_ok &&
      napi_make_callback(env, NULL, self, callback, 1, &argument, NULL) == napi_pending_exception) {
    napi_value exception;
    if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
  }
  napi_close_handle_scope(env, scope);
}

static struct watch *get_watch(const struct arguments *in) {
  void *watch = NULL;
  napi_get_value_external(in->env, in->values[0], &watch);
  return watch;
}

/* watchStart(fd, events, callback): a watch, or minus the errno; callback(events) */
static napi_value watch_start(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  uv_loop_t *loop;
  struct watch *watch = calloc(1, sizeof *watch);
  if (watch == NULL) return make_int(env, -ENOMEM);
  napi_get_uv_event_loop(env, &loop);
  int status = uv_poll_init(loop, &watch->poll, get_int(&in, 0));
  if (status < 0) {
    free(watch);
    return make_int(env, status);
  }
  watch->env = env;
  watch->events = get_int(&in, 1);
  watch->poll.data = watch;
  watch->owners = 1;
  napi_create_reference(env, in.values[2], 1, &watch->callback);
  napi_add_async_cleanup_hook(env, on_environment_end, watch, &watch->hook);

  napi_value external;
  status = uv_poll_start(&watch->poll, watch->events, on_event);
  if (status == 0) {
    if (napi_create_external(env, watch, on_collected, NULL, &external) == napi_ok) {
      watch->owners = 2;
      return external;
    }
    status = -ENOMEM;
  }
  close_watch(watch);
  return make_int(env, status);
}

/* watchSet(watch, events): 1 readable, 2 writable, 0 neither */
static napi_value watch_set(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct watch *watch = get_watch(&in);
  if (watch == NULL || watch->closing) return make_int(env, -EBADF);
  watch->events = get_int(&in, 1);
  return make_int(env, watch->events == 0 ? uv_poll_stop(&watch->poll)
                                          : uv_poll_start(&watch->poll, watch->events, on_event));
}

/* watchRef(watch, keepAlive): whether the watch keeps the event loop running */
static napi_value watch_ref(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct watch *watch = get_watch(&in);
  if (watch == NULL || watch->closing) return make_int(env, -EBADF);
  if (get_int(&in, 1))
    uv_ref((uv_handle_t *)&watch->poll);
  else
    uv_unref((uv_handle_t *)&watch->poll);
  return make_int(env, 0);
}

/* watchClose(watch): the descriptor may be closed as soon as this returns; fine if the watch is closed already */
static napi_value watch_close(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct watch *watch = get_watch(&in);
  if (watch == NULL) return make_int(env, -EBADF);
  close_watch(watch);
  return make_int(env, 0);
}

void export_poll(napi_env env, napi_value exports) {
  export_function(env, exports, "watchStart", watch_start);
  export_function(env, exports, "watchSet", watch_set);
  export_function(env, exports, "watchRef", watch_ref);
  export_function(env, exports, "watchClose", watch_close);
}
