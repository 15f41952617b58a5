/* What the parts of the addon share: reading arguments, answering, and the list of functions each part offers. */
#ifndef CONNMAN_ADDON_H
#define CONNMAN_ADDON_H

#define _GNU_SOURCE
#define NAPI_VERSION 8

#include <errno.h>
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A view of the bytes under a typed array; NULL and 0 when the argument is none. */
struct bytes {
  uint8_t *data;
  size_t length;
};

/* The arguments of one call; those that were not given are undefined. */
#define MAX_ARGUMENTS 6
struct arguments {
  napi_env env;
  napi_value values[MAX_ARGUMENTS];
};

struct arguments get_arguments(napi_env env, napi_callback_info info);

/* A number as a 32-bit integer (unsigned constants wrap); 0 when the argument is none. */
int32_t get_int(const struct arguments *arguments, int index);
double get_double(const struct arguments *arguments, int index);
/* Any typed array, as bytes. */
struct bytes get_bytes(const struct arguments *arguments, int index);
/* A text, cut at `size` with its zero; -1 if it is none or does not fit. */
int get_text(const struct arguments *arguments, int index, char *text, size_t size);

napi_value make_int(napi_env env, int64_t value);
/* The value of a system call: itself, or minus the errno. */
napi_value make_result(napi_env env, int64_t value);

void export_function(napi_env env, napi_value exports, const char *name, napi_callback function);

/* Each part hangs its functions onto the exports. */
void export_socket(napi_env env, napi_value exports);
void export_transfer(napi_env env, napi_value exports);
void export_batch(napi_env env, napi_value exports);
void export_exchange(napi_env env, napi_value exports);
void export_poll(napi_env env, napi_value exports);
void export_clock(napi_env env, napi_value exports);
void export_system(napi_env env, napi_value exports);
void export_text(napi_env env, napi_value exports);

#endif
