// SPDX-License-Identifier: MIT
#include "filelock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace Infra::Detail {

FileDescriptor &FileDescriptor::operator=(FileDescriptor &&other) noexcept
{
    if (this != &other) {
        close();
        m_descriptor = std::exchange(other.m_descriptor, -1);
    }
    return *this;
}

FileDescriptor::~FileDescriptor()
{
    close();
}

void FileDescriptor::close() noexcept
{
    if (m_descriptor >= 0)
        ::close(std::exchange(m_descriptor, -1));
}

Result<FileDescriptor> FileDescriptor::open(const QByteArray &path, int flags)
{
    const int descriptor = ::open(path.constData(), flags | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return failure(errorFromErrno(errno, QStringLiteral("opening ") + QString::fromLocal8Bit(path)));
    return FileDescriptor(descriptor);
}

namespace {

FileIdentity identityAt(int directory, const char *path, int flags) noexcept
{
    // Not stat(): whoever asks for the time of the last change makes Linux (6.13 and later, multigrain timestamps) note a
    // new one, in the file system's journal, at the next write; each synced commit then takes a third longer.
    struct statx status;
    if (::statx(directory, path, flags | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO | STATX_SIZE, &status) != 0)
        return {};
    return {makedev(status.stx_dev_major, status.stx_dev_minor), static_cast<ino_t>(status.stx_ino),
            static_cast<std::int64_t>(status.stx_size), S_ISDIR(status.stx_mode)};
}

} // namespace

FileIdentity FileIdentity::of(const QByteArray &path) noexcept
{
    return identityAt(AT_FDCWD, path.constData(), 0);
}

FileIdentity FileIdentity::of(int descriptor) noexcept
{
    return identityAt(descriptor, "", AT_EMPTY_PATH);
}

Error errorFromErrno(int number, const QString &doing)
{
    Error error;
    switch (number) {
    case ENOENT:
    case ENOTDIR: error.kind = Error::Kind::NotFound; break;
    case EACCES:
    case EPERM: error.kind = Error::Kind::PermissionDenied; break;
    case EROFS: error.kind = Error::Kind::ReadOnly; break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: error.kind = Error::Kind::DiskFull; break;
    case EMFILE:
    case ENFILE: error.kind = Error::Kind::LimitExceeded; break;
    default: error.kind = Error::Kind::Io; break;
    }
    error.message = doing + QStringLiteral(": ") + QString::fromLocal8Bit(strerrordesc_np(number));
    error.nativeCode = QString::number(number);
    return error;
}

namespace {

Result<bool> setLock(int descriptor, short type, std::int64_t offset, std::int64_t length)
{
    struct flock lock = {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = offset;
    lock.l_len = length;
    while (::fcntl(descriptor, F_OFD_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES)
            return false;
        if (errno != EINTR)
            return failure(errorFromErrno(errno, QStringLiteral("locking a file")));
    }
    return true;
}

} // namespace

Result<bool> tryLockRange(int descriptor, LockMode mode, std::int64_t offset, std::int64_t length)
{
    return setLock(descriptor, mode == LockMode::Shared ? F_RDLCK : F_WRLCK, offset, length);
}

void unlockRange(int descriptor, std::int64_t offset, std::int64_t length) noexcept
{
    struct flock lock = {};
    lock.l_type = F_UNLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = offset;
    lock.l_len = length;
    ::fcntl(descriptor, F_OFD_SETLK, &lock);
}

} // namespace Infra::Detail
