// SPDX-License-Identifier: MIT
#include "damage.h"

#include <QFile>

namespace InfraTest {

using Infra::Detail::Random;

const char *damageName(Damage damage) noexcept
{
    switch (damage) {
    case Damage::BitFlips: return "bit flips";
    case Damage::Truncation: return "truncation";
    case Damage::ZeroedPages: return "zeroed pages";
    case Damage::ForeignBytes: return "foreign bytes";
    case Damage::Deletion: return "deletion";
    case Damage::Replacement: return "replacement";
    }
    return "";
}

namespace {

QByteArray noise(qsizetype size, Random &random)
{
    QByteArray bytes(size, '\0');
    for (qsizetype i = 0; i < size; ++i)
        bytes[i] = static_cast<char>(random.next());
    return bytes;
}

bool overwrite(QFile &file, qint64 offset, const QByteArray &bytes)
{
    return file.seek(offset) && file.write(bytes) == bytes.size();
}

} // namespace

bool inflict(Damage damage, const QString &path, Random &random, DamageRange range)
{
    QFile file(path);
    if (!file.exists())
        return false;
    if (damage == Damage::Deletion)
        return file.remove();
    if (damage == Damage::Replacement) {
        // Another file under the same name, as mv does it.
        QFile other(path + QStringLiteral(".other"));
        if (!other.open(QIODevice::WriteOnly) || other.write(noise(16384, random)) != 16384)
            return false;
        other.close();
        return file.remove() && other.rename(path);
    }
    if (!file.open(QIODevice::ReadWrite | QIODevice::Unbuffered) || file.size() == 0)
        return false;
    const auto size = static_cast<std::uint64_t>(file.size());
    const auto end = range.end < 0 ? size : std::min(size, static_cast<std::uint64_t>(range.end));
    const auto begin = static_cast<std::uint64_t>(range.begin);
    if (begin >= end)
        return false;
    switch (damage) {
    case Damage::BitFlips:
        for (std::uint64_t flips = 1 + random.below(64); flips > 0; --flips) {
            const auto at = static_cast<qint64>(begin + random.below(end - begin));
            char byte = 0;
            if (!file.seek(at) || !file.getChar(&byte))
                return false;
            byte = static_cast<char>(byte ^ (1 << random.below(8)));
            if (!overwrite(file, at, QByteArray(1, byte)))
                return false;
        }
        return true;
    case Damage::Truncation:
        return file.resize(static_cast<qint64>(random.below(size)));
    case Damage::ZeroedPages: {
        const std::uint64_t pages = (end + 4095) / 4096 - begin / 4096;
        for (std::uint64_t count = 1 + random.below(4); count > 0; --count) {
            const std::uint64_t page = begin / 4096 + random.below(pages);
            const auto length = static_cast<qsizetype>(std::min<std::uint64_t>(4096, size - page * 4096));
            if (!overwrite(file, static_cast<qint64>(page * 4096), QByteArray(length, '\0')))
                return false;
        }
        return true;
    }
    case Damage::ForeignBytes:
        // In place, as cp does it.
        return file.resize(0) && overwrite(file, 0, noise(static_cast<qsizetype>(4096 + random.below(65536)), random));
    default:
        return false;
    }
}

} // namespace InfraTest
