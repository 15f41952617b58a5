/*
 * Registration, and how arguments come in and answers go out.
 *
 * Every function of the addon answers a number: what the system call answered, or minus its errno. Nothing throws, so
 * that a receive loop that ends with -EAGAIN makes no garbage.
 */
#include "addon.h"

struct arguments get_arguments(napi_env env, napi_callback_info info) {
  struct arguments arguments = {.env = env};
  size_t count = MAX_ARGUMENTS;
  napi_get_cb_info(env, info, &count, arguments.values, NULL, NULL);
  return arguments;
}

int32_t get_int(const struct arguments *arguments, int index) {
  int32_t value = 0;
  napi_get_value_int32(arguments->env, arguments->values[index], &value);
  return value;
}

double get_double(const struct arguments *arguments, int index) {
  double value = 0;
  napi_get_value_double(arguments->env, arguments->values[index], &value);
  return value;
}

struct bytes get_bytes(const struct arguments *arguments, int index) {
  napi_typedarray_type type;
  size_t length;
  void *data;
  if (napi_get_typedarray_info(arguments->env, arguments->values[index], &type, &length, &data, NULL, NULL) != napi_ok)
    return (struct bytes){NULL, 0};
  switch (type) {
    case napi_int16_array:
    case napi_uint16_array:
      length *= 2;
      break;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array:
      length *= 4;
      break;
    case napi_float64_array:
    case napi_bigint64_array:
    case napi_biguint64_array:
      length *= 8;
      break;
    default:
      break;
  }
  return (struct bytes){data, length};
}

int get_text(const struct arguments *arguments, int index, char *text, size_t size) {
  size_t length;
  if (napi_get_value_string_utf8(arguments->env, arguments->values[index], NULL, 0, &length) != napi_ok) return -1;
  if (length + 1 > size) return -1;
  napi_get_value_string_utf8(arguments->env, arguments->values[index], text, size, &length);
  return (int)length;
}

napi_value make_int(napi_env env, int64_t value) {
  napi_value result = NULL;
  napi_create_int64(env, value, &result);
  return result;
}

napi_value make_result(napi_env env, int64_t value) {
  return make_int(env, value < 0 ? -errno : value);
}

void export_function(napi_env env, napi_value exports, const char *name, napi_callback function) {
  napi_value value;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value) == napi_ok)
    napi_set_named_property(env, exports, name, value);
}

NAPI_MODULE_INIT() {
  export_socket(env, exports);
  export_transfer(env, exports);
  export_batch(env, exports);
  export_exchange(env, exports);
  export_poll(env, exports);
  export_clock(env, exports);
  export_system(env, exports);
  export_text(env, exports);
  return exports;
}
