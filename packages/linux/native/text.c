/*
 * Program text and compiled code that lie in their file: the kernel's clean pages, which every process shares and which
 * can be dropped, rather than a copy on the heap of each.
 */
#include "addon.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Node-API version 10 (node_api_create_external_string_latin1); Node.js 20 has it without saying so. */
typedef napi_status create_external_string(
    napi_env env, char *text, size_t length, void *finalize, void *hint, napi_value *result, bool *copied);

static void *map_file(const char *path, int protection, int flags, size_t *length) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return NULL;
  struct stat status;
  void *text = MAP_FAILED;
  if (fstat(fd, &status) == 0 && status.st_size > 0) {
    *length = (size_t)status.st_size;
    text = mmap(NULL, *length, protection, MAP_PRIVATE | flags, fd, 0);
  }
  close(fd);
  return text == MAP_FAILED ? NULL : text;
}

/* mapText(path): the file as a Latin-1 string, for good; undefined where that cannot be had */
static napi_value map_text(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  create_external_string *create = (create_external_string *)dlsym(RTLD_DEFAULT, "node_api_create_external_string_latin1");
  char path[4096];
  size_t length;
  if (create == NULL || get_text(&in, 0, path, sizeof path) < 0) return NULL;
  char *text = map_file(path, PROT_READ, 0, &length);
  napi_value result = NULL;
  bool copied = false;
  if (text == NULL) return NULL;
  if (create(env, text, length, NULL, NULL, &result, &copied) != napi_ok || copied) munmap(text, length);
  return result;
}

static void unmap(napi_env env, void *data, void *hint) {
  (void)env;
  munmap(data, (size_t)hint);
}

/*
 * mapBytes(path): the file as an ArrayBuffer, which may be written to without changing the file; undefined where that cannot
 * be had. All of it is about to be read: it is mapped at once rather than fault by fault.
 */
static napi_value map_bytes(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  char path[4096];
  size_t length;
  if (get_text(&in, 0, path, sizeof path) < 0) return NULL;
  /* Mapped at once as writable, each page would be copied. */
  void *data = map_file(path, PROT_READ, MAP_POPULATE, &length);
  napi_value result = NULL;
  if (data == NULL) return NULL;
  mprotect(data, length, PROT_READ | PROT_WRITE);
  if (napi_create_external_arraybuffer(env, data, length, unmap, (void *)length, &result) != napi_ok) munmap(data, length);
  return result;
}

void export_text(napi_env env, napi_value exports) {
  export_function(env, exports, "mapBytes", map_bytes);
  export_function(env, exports, "mapText", map_text);
}
