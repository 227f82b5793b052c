// SPDX-License-Identifier: MIT
#include "storefiles.h"

#include "sqliteschema.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QtEndian>

#include <array>
#include <cerrno>
#include <cstdio>

namespace Infra::Detail {

namespace {

QString quarantineName(const StoreContext &context)
{
    const QDateTime now = QDateTime::fromMSecsSinceEpoch(context.clock.systemNow().time_since_epoch().count(), Qt::UTC);
    const QString base = context.paths.database + QStringLiteral(".quarantine-") + now.toString(QStringLiteral("yyyyMMdd'T'HHmmsszzz"));
    QString name = base;
    for (int i = 1; QFile::exists(name) || QFile::exists(name + QStringLiteral("-wal")); ++i)
        name = base + QLatin1Char('.') + QString::number(i);
    return name;
}

void deleteOldQuarantines(const StoreContext &context)
{
    const QFileInfo database(context.paths.database);
    QDir directory = database.dir();
    QStringList names = directory.entryList({database.fileName() + QStringLiteral(".quarantine-*")}, QDir::Files, QDir::Name);
    names.removeIf([](const QString &name) { return name.endsWith(QLatin1String("-wal")) || name.endsWith(QLatin1String("-shm")); });
    while (names.size() > context.options.keptQuarantines) {
        const QString oldest = names.takeFirst();
        for (const char *suffix : {"", "-wal", "-shm"})
            directory.remove(oldest + QLatin1String(suffix));
    }
}

bool moveAside(const QByteArray &from, const QByteArray &to)
{
    return std::rename(from.constData(), to.constData()) == 0 || errno == ENOENT;
}

} // namespace

Result<void> quarantineStore(const StoreContext &context)
{
    const QByteArray name = QFile::encodeName(quarantineName(context));
    // The log first: a database without its log is damaged at worst, a log beside a new database would be applied to it.
    if (!moveAside(context.paths.logFile, name + "-wal") || !moveAside(context.paths.sharedMemoryFile, name + "-shm")
        || !moveAside(context.paths.databaseFile, name))
        return failure(errorFromErrno(errno, QStringLiteral("moving a damaged store aside: ") + context.paths.database));
    deleteOldQuarantines(context);
    return {};
}

void quarantineLog(const StoreContext &context)
{
    const QByteArray name = QFile::encodeName(quarantineName(context));
    moveAside(context.paths.logFile, name + "-wal");
    moveAside(context.paths.sharedMemoryFile, name + "-shm");
}

QByteArray storeIdWithoutLog(const StoreContext &context)
{
    const auto connection = SqliteConnection::open(context.paths.database, SqliteConnection::Mode::Immutable, context.options.busyTimeout);
    if (!connection)
        return {};
    const auto inspection = SqliteSchema::inspect(**connection);
    return inspection ? inspection->storeId : QByteArray();
}

namespace {

// The write-ahead log's format: sqlite.org/fileformat2.html#walformat.
struct LogChecksum
{
    std::uint32_t first = 0;
    std::uint32_t second = 0;

    void add(const uchar *bytes, std::size_t length, bool bigEndian)
    {
        for (std::size_t i = 0; i + 8 <= length; i += 8) {
            const auto word = [&](std::size_t at) {
                return bigEndian ? qFromBigEndian<quint32>(bytes + at) : qFromLittleEndian<quint32>(bytes + at);
            };
            first += word(i) + second;
            second += word(i + 4) + first;
        }
    }
};

} // namespace

bool isLogDamaged(const StorePaths &paths, std::optional<std::uint64_t> committedFrames)
{
    QFile file(QFile::decodeName(paths.logFile));
    if (!file.open(QIODevice::ReadOnly) || file.size() == 0)
        return false;
    const QByteArray header = file.read(32);
    if (header.size() < 32)
        return true;
    const auto *bytes = reinterpret_cast<const uchar *>(header.constData());
    const quint32 magic = qFromBigEndian<quint32>(bytes);
    const quint32 pageSize = qFromBigEndian<quint32>(bytes + 8);
    if ((magic & ~1U) != 0x377f0682U || pageSize < 512 || pageSize > 65536)
        return true;
    const bool bigEndian = (magic & 1U) != 0;
    LogChecksum checksum;
    checksum.add(bytes, 24, bigEndian);
    if (checksum.first != qFromBigEndian<quint32>(bytes + 24) || checksum.second != qFromBigEndian<quint32>(bytes + 28))
        return true;
    const QByteArray salts = header.mid(16, 8);
    bool broken = false;
    // A writer that died within its COMMIT leaves whole frames that nobody took for committed, and the next may have
    // written over the first of them.
    for (std::uint64_t number = 1; !committedFrames || number <= *committedFrames; ++number) {
        const QByteArray frame = file.read(24 + pageSize);
        if (frame.size() < static_cast<qsizetype>(24 + pageSize))
            return false;
        const auto *at = reinterpret_cast<const uchar *>(frame.constData());
        const bool sameLog = frame.mid(8, 8) == salts;
        if (broken) {
            // A frame of this log that completes a commit lies behind one that cannot be read.
            if (sameLog && qFromBigEndian<quint32>(at + 4) != 0)
                return true;
            continue;
        }
        LogChecksum next = checksum;
        next.add(at, 8, bigEndian);
        next.add(at + 24, pageSize, bigEndian);
        broken = !sameLog || next.first != qFromBigEndian<quint32>(at + 16) || next.second != qFromBigEndian<quint32>(at + 20);
        checksum = next;
    }
    return false;
}

} // namespace Infra::Detail
