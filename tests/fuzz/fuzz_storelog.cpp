// SPDX-License-Identifier: MIT
#include "fuzzinput.h"

#include <store/storefiles.h>

#include <QtEndian>

#include <sys/mman.h>
#include <unistd.h>

using namespace Infra::Detail;

namespace {

// As SQLite's file format has it; storefiles.cpp keeps its own to itself.
struct Sums
{
    quint32 first = 0;
    quint32 second = 0;

    void add(const QByteArray &bytes, bool bigEndian)
    {
        for (qsizetype at = 0; at + 8 <= bytes.size(); at += 8) {
            const auto word = [&](qsizetype offset) {
                return bigEndian ? qFromBigEndian<quint32>(bytes.constData() + offset) : qFromLittleEndian<quint32>(bytes.constData() + offset);
            };
            first += word(at) + second;
            second += word(at + 4) + first;
        }
    }
    [[nodiscard]] QByteArray toBytes() const
    {
        QByteArray bytes(8, Qt::Uninitialized);
        qToBigEndian(first, bytes.data());
        qToBigEndian(second, bytes.data() + 4);
        return bytes;
    }
};

} // namespace

// A write-ahead log as it is found when no process has the store open: looked through to its end, whatever it holds. The
// header's checksum, and those of as many frames as the first byte says, are put right.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    InfraFuzz::Input input(data, size);
    const int soundFrames = input.byte();
    QByteArray log = input.rest();
    bool isWhole = false;
    if (soundFrames > 0 && log.size() >= 32) {
        const bool bigEndian = (log.at(3) & 1) != 0;
        const QByteArray magic = QByteArray::fromHex(bigEndian ? "377f0683" : "377f0682");
        log.replace(0, 4, magic);
        const quint32 pageSize = 512U << (static_cast<unsigned char>(log.at(8)) % 8);
        qToBigEndian(pageSize, log.data() + 8);
        Sums sums;
        sums.add(log.first(24), bigEndian);
        log.replace(24, 8, sums.toBytes());
        const qsizetype frame = 24 + static_cast<qsizetype>(pageSize);
        qsizetype at = 32;
        for (int number = 1; number < soundFrames && log.size() - at >= frame; ++number, at += frame) {
            log.replace(at + 8, 8, log.mid(16, 8));
            sums.add(log.mid(at, 8), bigEndian);
            sums.add(log.mid(at + 24, pageSize), bigEndian);
            log.replace(at + 16, 8, sums.toBytes());
        }
        isWhole = log.size() - at < frame;
    }
    // In memory, under a name that the code can open.
    static const int descriptor = ::memfd_create("fuzz-log", MFD_CLOEXEC);
    InfraFuzz::require(::ftruncate(descriptor, 0) == 0
                       && ::pwrite(descriptor, log.constData(), static_cast<std::size_t>(log.size()), 0) == log.size());
    static StorePaths paths(QStringLiteral("fuzz"));
    paths.logFile = "/proc/self/fd/" + QByteArray::number(descriptor);
    const bool damaged = isLogDamaged(paths, std::nullopt);
    // Nothing lies behind the frames that were made sound, so nothing was lost; and no log at all is no damage.
    InfraFuzz::require(!damaged || (!isWhole && !log.isEmpty()));
    return 0;
}
