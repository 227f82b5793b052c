// SPDX-License-Identifier: MIT
#pragma once

#include <infra/result.h>

#include <QByteArray>

#include <sys/types.h>

#include <cstdint>
#include <utility>

namespace Infra::Detail {

// Thread safety: a value owner like std::unique_ptr.
//
// A file descriptor, closed on destruction.
class FileDescriptor
{
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int descriptor) noexcept : m_descriptor(descriptor) {}
    FileDescriptor(FileDescriptor &&other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {}
    FileDescriptor &operator=(FileDescriptor &&other) noexcept;
    ~FileDescriptor();

    // open(2) with O_CLOEXEC. Files are created with mode 0666 less the umask.
    [[nodiscard]] static Result<FileDescriptor> open(const QByteArray &path, int flags);

    [[nodiscard]] int get() const noexcept { return m_descriptor; }
    [[nodiscard]] bool isOpen() const noexcept { return m_descriptor >= 0; }
    void close() noexcept;

private:
    int m_descriptor = -1;
};

// Which file a path names now.
struct FileIdentity
{
    dev_t device = 0;
    ino_t inode = 0;
    std::int64_t size = -1;   // -1: there is no such file.
    bool isDirectory = false;

    [[nodiscard]] bool exists() const noexcept { return size >= 0; }
    [[nodiscard]] bool isSameFile(const FileIdentity &other) const noexcept
    {
        return exists() && other.exists() && device == other.device && inode == other.inode;
    }
    [[nodiscard]] static FileIdentity of(const QByteArray &path) noexcept;
    [[nodiscard]] static FileIdentity of(int descriptor) noexcept;
};

// An errno as an Error; `doing` begins the message ("opening /x/y.db").
[[nodiscard]] Error errorFromErrno(int number, const QString &doing);

// Open file description locks (fcntl(2), F_OFD_SETLK): they belong to the descriptor, so two descriptors of one
// process exclude each other, and the kernel frees them when the last copy of the descriptor is gone, kill -9
// included.
enum class LockMode { Shared, Exclusive };

// Never blocks: false when somebody else holds a conflicting lock.
[[nodiscard]] Result<bool> tryLockRange(int descriptor, LockMode mode, std::int64_t offset, std::int64_t length);
void unlockRange(int descriptor, std::int64_t offset, std::int64_t length) noexcept;

} // namespace Infra::Detail
