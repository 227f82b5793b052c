// SPDX-License-Identifier: MIT
#include "smalldisk.h"

#include <QFile>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace InfraTorture {

namespace {

bool write(const char *path, const QByteArray &text)
{
    QFile file(QString::fromLatin1(path));
    return file.open(QIODevice::WriteOnly | QIODevice::Unbuffered) && file.write(text) == text.size();
}

// A namespace of mounts that is ours: as root at once, else as root of a namespace of users.
bool enterNamespace()
{
    static bool isEntered = false;
    if (isEntered)
        return true;
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    if (::unshare(CLONE_NEWNS) != 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
            return false;
        if (!write("/proc/self/setgroups", "deny") || !write("/proc/self/uid_map", "0 " + QByteArray::number(user) + " 1")
            || !write("/proc/self/gid_map", "0 " + QByteArray::number(group) + " 1"))
            return false;
    }
    isEntered = ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    return isEntered;
}

} // namespace

bool mountSmallDisk(const QString &directory, qint64 bytes, QString *reason)
{
    const QByteArray options = "size=" + QByteArray::number(bytes);
    if (enterNamespace() && ::mount("tmpfs", QFile::encodeName(directory).constData(), "tmpfs", 0, options.constData()) == 0)
        return true;
    *reason = QStringLiteral("a small file system cannot be mounted here (%1)").arg(QString::fromLocal8Bit(std::strerror(errno)));
    return false;
}

void unmountSmallDisk(const QString &directory)
{
    ::umount2(QFile::encodeName(directory).constData(), MNT_DETACH);
}

} // namespace InfraTorture
