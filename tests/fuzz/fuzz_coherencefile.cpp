// SPDX-License-Identifier: MIT
#include "fuzzinput.h"

#include <core/keyhash.h>
#include <store/coherencefile.h>
#include <store/coherencelayout.h>

#include <infra/manualclock.h>

#include <sys/mman.h>
#include <unistd.h>

#include <vector>

using namespace Infra::Detail;
using InfraFuzz::require;

namespace {

constexpr std::uint64_t Salt = 0x0123456789abcdef;
constexpr std::uint64_t CountMask = (std::uint64_t{1} << 44) - 1;

// As coherencefile.cpp checks its words. That what is made by it counts as sound is asserted below.
std::uint64_t wordOf(std::uint64_t count, std::uint64_t salt)
{
    count &= CountMask;
    std::uint64_t mixed = (count ^ salt) * 0x9e3779b97f4a7c15ULL;
    mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93ULL;
    return (mixed & ~CountMask) | count;
}

class Image
{
public:
    Image() : m_bytes(static_cast<qsizetype>(CoherenceBytes), '\0')
    {
        auto &head = *header();
        std::memcpy(head.magic, CoherenceMagic, sizeof(CoherenceMagic));
        head.version = CoherenceVersion;
        head.regionCount = CoherenceFile::RegionCount;
        head.stripeCount = CoherenceFile::StripeCount;
        head.salt = Salt;
        sealHeader();
        const std::uint64_t word = wordOf(1000, Salt);
        for (std::size_t at = CoherenceRegionOffset; at < CoherenceBytes; at += sizeof(word))
            put(at, word);
        put(CoherenceControlOffset + offsetof(CoherenceControl, commitCounter), word);
        put(CoherenceControlOffset + offsetof(CoherenceControl, epoch), word);
    }

    void put(std::size_t offset, const QByteArray &bytes)
    {
        const std::size_t fits = std::min(static_cast<std::size_t>(bytes.size()), CoherenceBytes - offset);
        std::memcpy(m_bytes.data() + offset, bytes.constData(), fits);
    }
    void put(std::size_t offset, std::uint64_t word) { std::memcpy(m_bytes.data() + offset, &word, sizeof(word)); }
    void sealHeader() { header()->checksum = XXH3_64bits(header(), offsetof(CoherenceHeader, checksum)); }
    // The checksum covers as much of the key as its length claims; nothing more is made right than that.
    void sealRecord(std::size_t offset)
    {
        auto *record = reinterpret_cast<CoherenceRecord *>(m_bytes.data() + CoherenceControlOffset + offset);
        const std::size_t begin = offsetof(CoherenceRecord, rowChecksum);
        const std::size_t end = offsetof(CoherenceRecord, key) + std::min<std::size_t>(record->keyLength, CommitRecord::MaximumKey);
        record->checksum = XXH3_64bits(reinterpret_cast<const char *>(record) + begin, end - begin);
    }
    [[nodiscard]] std::uint64_t salt() { return header()->salt; }
    void writeTo(int descriptor, std::size_t size) const
    {
        require(::ftruncate(descriptor, static_cast<off_t>(size)) == 0);
        const std::size_t length = std::min(size, CoherenceBytes);
        require(::pwrite(descriptor, m_bytes.constData(), length, 0) == static_cast<ssize_t>(length));
    }

private:
    CoherenceHeader *header() { return reinterpret_cast<CoherenceHeader *>(m_bytes.data()); }

    QByteArray m_bytes;
};

void checkRecords(const CoherenceFile &file)
{
    const auto possible = file.possibleCommits();
    require(possible.size() <= 2);
    for (const CommitRecord &record : possible)
        require(record.kind != CommitRecord::Kind::Unknown && record.key.size() <= CommitRecord::MaximumKey);
    require(file.lastCommit().key.size() <= CommitRecord::MaximumKey);
}

// A change of one key and one region, as a writer makes it: whoever has a copy of before is told.
void checkChange(CoherenceFile &file, std::uint32_t region, std::uint64_t key)
{
    const CoherenceView view = file.view(region);
    const CoherenceStamp before = file.capture(region, key);
    require(!view.isCurrent(key, before) || !CoherenceView::isInFlight(before));
    const bool counts = file.beginFlight();
    require(counts == file.isCounting(file.commitCounter()) && file.isWriterActive());
    const bool marked = file.markStripe(key) && file.markRegion(region);
    file.advanceLoads(region);
    file.advanceEpoch();
    // A word that was damaged was never current, and one that was not is in flight now.
    require(!marked || !view.isCurrent(key, before));
    require(!marked || CoherenceView::isInFlight(file.capture(region, key)));
    CommitRecord record{CommitRecord::Kind::Present, region, key, QByteArray(static_cast<qsizetype>(key % 1100), 'k')};
    file.recordPending(record);
    file.publishMarks();
    file.recordCommitted(4096);
    file.endFlight();
    require(!file.isWriterActive() && file.logBytes() == 4096);
    require(!marked || !view.isCurrent(key, before));
    const CommitRecord last = file.lastCommit();
    require(record.key.size() > CommitRecord::MaximumKey ? last.kind == CommitRecord::Kind::Unknown && last.key.isEmpty()
                                                         : last.rowChecksum == key && last.key == record.key);
}

void checkRepair(CoherenceFile &file, std::uint32_t region, std::uint64_t key)
{
    const CoherenceView view = file.view(region);
    const CoherenceStamp before = file.capture(region, key);
    if (!file.repair())
        return;
    // Nothing is in flight any more, and nobody's copy of this region is current.
    require(!file.isWriterActive() && !CoherenceView::isInFlight(file.capture(region, key)) && !view.isCurrent(key, before));
    require(file.possibleCommits().empty() && file.isCounting(file.commitCounter()));
}

void exercise(CoherenceFile &file, int descriptor, InfraFuzz::Input &input)
{
    const auto region = input.number<std::uint32_t>();
    const auto key = input.number<std::uint64_t>();
    const std::uint8_t choice = input.byte();
    // Somebody cuts the file that is mapped.
    const bool isCut = (choice & 8) != 0;
    if (isCut)
        require(::ftruncate(descriptor, input.number<std::uint32_t>() % CoherenceBytes) == 0);
    require(file.storeId().size() == 16);
    static_cast<void>(file.isOfThisBoot());
    static_cast<void>(file.logBytes());
    static_cast<void>(file.regionLoads(region));
    const bool wasSound = file.isSound();
    checkRecords(file);
    // With no time left, so that it waits for nobody, whatever the file says about who waits.
    static const Infra::ManualClock clock;
    const auto locked = file.lockWriter(clock, clock.steadyNow());
    require(locked && *locked);
    if ((choice & 1) != 0)
        checkRepair(file, region, key);
    if ((choice & 2) != 0)
        checkChange(file, region, key);
    file.recordDatabase(key);
    require(file.databaseInode() == key);
    file.unlockWriter();
    file.announceLoadEnd();
    // Only words that were whole are moved, and only to ones that are.
    require(!wasSound || isCut || file.isSound());
    checkRecords(file);
    if ((choice & 4) != 0) {
        const CoherenceStamp stamp = file.capture(region, key);
        file.retire();
        require(file.isLost() && !file.isSound() && !file.repair() && !file.view(region).isCurrent(key, stamp));
    }
}

} // namespace

// FILE.coherence as another process, or a disk, may have left it. The input is a list of changes to a sound file: bytes
// anywhere, words with their check right, records and the header with their checksums right.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    InfraFuzz::Input input(data, size);
    static const Image sound;
    static const int descriptor = ::memfd_create("fuzz-coherence", MFD_CLOEXEC);
    static const QByteArray path = "/proc/self/fd/" + QByteArray::number(descriptor);
    static const bool isSoundAtFirst = [] {
        sound.writeTo(descriptor, CoherenceBytes);
        const auto opened = CoherenceFile::open(path);
        return opened && (*opened)->isSound();
    }();
    require(isSoundAtFirst);

    Image image = sound;
    const std::uint8_t choice = input.byte();
    for (int change = choice % 16; change > 0; --change) {
        const std::uint8_t kind = input.byte();
        const std::size_t offset = input.number<std::uint32_t>() % CoherenceBytes;
        // Where most of what is read lies.
        const std::size_t near = offset % (CoherenceRegionOffset + 64);
        switch (kind % 4) {
        case 0: image.put(offset, input.shortBytes()); break;
        case 1: image.put(near, input.shortBytes()); break;
        case 2: image.put(offset / 8 * 8, wordOf(input.number<std::uint64_t>(), image.salt())); break;
        default: image.put(near / 8 * 8, wordOf(input.number<std::uint64_t>(), image.salt())); break;
        }
    }
    if ((choice & 16) != 0)
        image.sealHeader();
    if ((choice & 32) != 0) {
        image.sealRecord(offsetof(CoherenceControl, committed));
        image.sealRecord(offsetof(CoherenceControl, pending));
    }
    image.writeTo(descriptor, (choice & 192) == 192 ? input.number<std::uint32_t>() % (2 * CoherenceBytes) : CoherenceBytes);
    const auto opened = CoherenceFile::open(path);
    if (!opened) {
        require(opened.error().kind == Infra::Error::Kind::Corrupt || opened.error().kind == Infra::Error::Kind::Incompatible);
        return 0;
    }
    exercise(**opened, descriptor, input);
    return 0;
}
