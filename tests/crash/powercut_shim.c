/*
 * A recorder for the power-cut test: preloaded into the server, it passes every call through to
 * the C library and notes, in one journal file, each change to a file of the data folder and
 * each promise of the system that changes have reached the disk.
 *
 *   POWERCUT_FOLDER   absolute path of the data folder, with a slash at its end
 *   POWERCUT_JOURNAL  the journal, an existing file
 *
 * A record: operation (1 byte), length of the name (2), name, offset (8), length of the data (4),
 * data; numbers in the byte order of the machine. Operations:
 *
 *   C  a file came into being                W  bytes were written at an offset
 *   T  a file was cut or filled to a length  S  what was written to a file is on the disk
 *   R  a file got the name in the data       U  a name was removed
 *   D  the names in a folder are on the disk
 *
 * Not recorded: the mirror and the ballast, which may be lost, and SQLite's shared-memory index,
 * which is rebuilt after a crash. One lock is held from each call to its record, so the journal
 * has the order in which things happened.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define DESCRIPTORS 65536
#define NAME_BYTES 256

/* The name, relative to the data folder, of the file behind each descriptor; NULL: not ours. */
static char *names[DESCRIPTORS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;
static char folder[4096];

/* The function of the C library that ours hides. */
#define REAL(type, name, ...)                            \
    static type (*real)(__VA_ARGS__);                    \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int real_open(const char *path, int flags, int mode) {
    REAL(int, "open64", const char *, int, ...);
    return real(path, flags, mode);
}

static ssize_t real_write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return real(fd, data, size);
}

__attribute__((constructor)) static void start(void) {
    const char *where = getenv("POWERCUT_FOLDER"), *path = getenv("POWERCUT_JOURNAL");
    if (!where || !path || strlen(where) >= sizeof folder) return;
    strcpy(folder, where);
    journal = real_open(path, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
    if (journal < 0) {
        perror("powercut_shim: POWERCUT_JOURNAL");
        abort();
    }
}

/* One record in one call, so that records of several processes do not mix. */
static void note(char operation, const char *name, uint64_t offset, const void *data, uint32_t size) {
    char head[1 + 2 + NAME_BYTES + 8 + 4];
    uint16_t length = (uint16_t)strlen(name);
    size_t n = 0;
    head[n++] = operation;
    memcpy(head + n, &length, 2), n += 2;
    memcpy(head + n, name, length), n += length;
    memcpy(head + n, &offset, 8), n += 8;
    memcpy(head + n, &size, 4), n += 4;
    struct iovec parts[2] = {{head, n}, {(void *)data, size}};
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    if (real(journal, parts, size ? 2 : 1) != (ssize_t)(n + size)) {
        perror("powercut_shim: cannot write the journal");
        abort();
    }
}

/* The recorded name of a path; NULL when it is none of ours. */
static const char *relative(const char *path) {
    size_t length = strlen(folder);
    if (journal < 0 || !path || strncmp(path, folder, length) != 0) return NULL;
    const char *name = path + length;
    size_t end = strlen(name);
    if (strncmp(name, "mirror", 6) == 0 || strncmp(name, "ballast", 7) == 0) return NULL;
    if (end >= 4 && strcmp(name + end - 4, "-shm") == 0) return NULL;
    return end < NAME_BYTES ? name : NULL;
}

/* Like relative(), and also true for the folder itself, which is opened to be synced. */
static const char *relative_or_root(const char *path) {
    size_t length = strlen(folder);
    if (journal >= 0 && path && length > 0 && strncmp(path, folder, length - 1) == 0 &&
        path[length - 1] == '\0')
        return "";
    return relative(path);
}

static const char *name_of(int fd) {
    return fd >= 0 && fd < DESCRIPTORS ? names[fd] : NULL;
}

static void forget(int fd) {
    if (fd < 0 || fd >= DESCRIPTORS || !names[fd]) return;
    free(names[fd]);
    names[fd] = NULL;
}

static int open_and_note(const char *path, int flags, int mode) {
    const char *name = relative_or_root(path);
    if (!name) return real_open(path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat before;
    int existed = stat(path, &before) == 0;
    int fd = real_open(path, flags, mode);
    int error = errno;
    if (fd >= 0 && fd < DESCRIPTORS) {
        forget(fd);
        names[fd] = strdup(name);
        if (!existed) note('C', name, 0, NULL, 0);
        else if (flags & O_TRUNC) note('T', name, 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return fd;
}

#define MODE(flags, last)                                \
    int mode = 0;                                        \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {             \
        va_list list;                                    \
        va_start(list, last);                            \
        mode = va_arg(list, int);                        \
        va_end(list);                                    \
    }

int open(const char *path, int flags, ...) {
    MODE(flags, flags)
    return open_and_note(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE(flags, flags)
    return open_and_note(path, flags, mode);
}

int openat(int base, const char *path, int flags, ...) {
    MODE(flags, flags)
    if (path[0] == '/') return open_and_note(path, flags, mode);
    REAL(int, "openat64", int, const char *, int, ...);
    return real(base, path, flags, mode);
}

int openat64(int base, const char *path, int flags, ...) {
    MODE(flags, flags)
    return openat(base, path, flags, mode);
}

int close(int fd) {
    REAL(int, "close", int);
    pthread_mutex_lock(&lock);
    forget(fd);
    pthread_mutex_unlock(&lock);
    return real(fd);
}

static ssize_t noted_write(int fd, ssize_t written, const void *data, off_t offset) {
    int error = errno;
    if (written > 0) note('W', name_of(fd), (uint64_t)offset, data, (uint32_t)written);
    errno = error;
    return written;
}

ssize_t write(int fd, const void *data, size_t size) {
    if (!name_of(fd)) return real_write(fd, data, size);
    pthread_mutex_lock(&lock);
    int appends = fcntl(fd, F_GETFL) & O_APPEND;
    off_t offset = lseek(fd, 0, appends ? SEEK_END : SEEK_CUR);
    ssize_t written = noted_write(fd, real_write(fd, data, size), data, offset);
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    if (!name_of(fd)) return real(fd, parts, count);
    /* A short write is allowed: the caller goes on with the rest. */
    for (int i = 0; i < count; i++)
        if (parts[i].iov_len > 0) return write(fd, parts[i].iov_base, parts[i].iov_len);
    return 0;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    if (!name_of(fd)) return real(fd, data, size, offset);
    pthread_mutex_lock(&lock);
    ssize_t written = noted_write(fd, real(fd, data, size, offset), data, offset);
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
    return pwrite64(fd, data, size, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    REAL(ssize_t, "pwritev", int, const struct iovec *, int, off_t);
    if (!name_of(fd)) return real(fd, parts, count, offset);
    for (int i = 0; i < count; i++)
        if (parts[i].iov_len > 0) return pwrite64(fd, parts[i].iov_base, parts[i].iov_len, offset);
    return 0;
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    return pwritev(fd, parts, count, offset);
}

static int sync_and_note(int fd, int (*real)(int)) {
    const char *name = name_of(fd);
    if (!name) return real(fd);
    pthread_mutex_lock(&lock);
    struct stat file;
    int is_folder = fstat(fd, &file) == 0 && S_ISDIR(file.st_mode);
    int result = real(fd), error = errno;
    if (result == 0) note(is_folder ? 'D' : 'S', name, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int fsync(int fd) {
    REAL(int, "fsync", int);
    return sync_and_note(fd, real);
}

int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    return sync_and_note(fd, real);
}

int ftruncate64(int fd, off64_t length) {
    REAL(int, "ftruncate64", int, off64_t);
    const char *name = name_of(fd);
    if (!name) return real(fd, length);
    pthread_mutex_lock(&lock);
    int result = real(fd, length), error = errno;
    if (result == 0) note('T', name, (uint64_t)length, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int ftruncate(int fd, off_t length) {
    return ftruncate64(fd, length);
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    const char *old = relative(from), *new = relative(to);
    if (!old || !new) return real(from, to);
    pthread_mutex_lock(&lock);
    int result = real(from, to), error = errno;
    if (result == 0) {
        note('R', old, 0, new, (uint32_t)strlen(new));
        for (int fd = 0; fd < DESCRIPTORS; fd++) {
            if (!names[fd] || strcmp(names[fd], old) != 0) continue;
            free(names[fd]);
            names[fd] = strdup(new);
        }
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    const char *name = relative(path);
    if (!name) return real(path);
    pthread_mutex_lock(&lock);
    int result = real(path), error = errno;
    if (result == 0) note('U', name, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int remove(const char *path) {
    REAL(int, "remove", const char *);
    return relative(path) ? unlink(path) : real(path);
}
