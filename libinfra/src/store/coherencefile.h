// SPDX-License-Identifier: MIT
#pragma once

#include "coherenceview.h"
#include "filelock.h"
#include "mappedfile.h"

#include <infra/clock.h>
#include <infra/result.h>

#include <QByteArray>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace Infra::Detail {

struct CoherenceHeader;
struct CoherenceControl;

// What a commit did to one row: enough to recognise, when a store is opened that no process has open, a write-ahead
// log that lost its end.
struct CommitRecord
{
    enum class Kind : std::uint32_t { Unknown, Present, Absent };
    static constexpr int MaximumKey = 1000; // Rows with longer keys are recorded as Unknown.

    Kind kind = Kind::Unknown;
    std::uint32_t regionId = 0;
    std::uint64_t rowChecksum = 0;
    QByteArray key;
};

// Thread safety: reading members may be called from any thread and process at once; those marked (writer) only while
// this object holds the writer lock, by one thread.
//
// FILE.coherence, mapped by every process of a store: the words that say what changed since, and the lock of the one
// writer. docs/coherence.md has the protocol and why it is right. Every word carries a check of its own value, so
// that one which was damaged is recognised before it is trusted; the words of another file never equal.
class CoherenceFile
{
public:
    static constexpr std::uint64_t StripeCount = 16384;
    static constexpr std::uint32_t RegionCount = 1024;
    // A holder that died, or a wake-up that went to a dead waiter, is noticed within this time.
    static constexpr std::chrono::milliseconds RecheckInterval{5};

    // NotFound; Corrupt when it is not a whole coherence file; Incompatible when a newer version wrote it.
    [[nodiscard]] static Result<std::shared_ptr<CoherenceFile>> open(const QByteArray &path);
    // Puts a new file with new words in the place of whatever is at `path`. `databaseInode` as for recordDatabase().
    [[nodiscard]] static Result<std::shared_ptr<CoherenceFile>> create(const QByteArray &path, const QByteArray &storeId,
                                                                       std::uint64_t databaseInode);
    ~CoherenceFile();

    [[nodiscard]] const FileIdentity &identity() const noexcept { return m_identity; }
    [[nodiscard]] QByteArray storeId() const;
    // Written since the machine booted: what it says of the last commit can be held against the database.
    [[nodiscard]] bool isOfThisBoot() const;
    // The mapping lost pages or was retired.
    [[nodiscard]] bool isLost() const noexcept { return m_file->isLost(); }
    // Every copy stamped from this file, here and wherever the same file is mapped, stops being current for good, also when
    // another process is in the middle of a change; the lock is let go. By one thread, behind which nobody writes through
    // this object.
    void retire() noexcept;

    [[nodiscard]] CoherenceView view(std::uint32_t regionId) const noexcept;
    // In flight, thus never current, also when a word is damaged.
    [[nodiscard]] CoherenceStamp capture(std::uint32_t regionId, std::uint64_t keyHash) const noexcept;
    // (writer) The same as it was before the change under way: odd stripes are this change's.
    [[nodiscard]] CoherenceStamp captureBefore(std::uint32_t regionId, std::uint64_t keyHash) const noexcept;
    [[nodiscard]] std::uint64_t regionLoads(std::uint32_t regionId) const noexcept;
    [[nodiscard]] std::uint64_t commitCounter() const noexcept;
    // What commitCounter() returned was not damaged: a damaged counter stays as it is when the next commit ends.
    [[nodiscard]] bool isCounting(std::uint64_t commitCounter) const noexcept { return isValid(commitCounter); }
    // Moves whenever the database is another one than before.
    [[nodiscard]] std::uint64_t epoch() const noexcept;
    // Nothing that is mapped was damaged. Looks at every word: some 20 µs.
    [[nodiscard]] bool isSound() const noexcept;
    // A writer is between its first mark and its last; or it died there.
    [[nodiscard]] bool isWriterActive() const noexcept;

    // Takes the writer lock by `deadline`; false when that passed first. A newcomer that finds it free takes it, unless
    // somebody has waited for long. `whileWaiting` is called every now and then, and behind each recallSnapshots().
    [[nodiscard]] Result<bool> lockWriter(const Clock &clock, SteadyTime deadline, const std::function<void()> &whileWaiting = {});
    void unlockWriter() noexcept;

    // Wakes whoever waits in waitForLoad(); called when a load lock is released.
    void announceLoadEnd() noexcept;
    [[nodiscard]] std::uint32_t loadEnds() const noexcept;
    void waitForLoadEnd(std::uint32_t seen, std::chrono::nanoseconds timeout) noexcept;

    // (writer) Begins a change; its marks become visible before the database can commit. False when the commit counter
    // is damaged: moved on from where it is, it might be what it was for an old snapshot.
    [[nodiscard]] bool beginFlight() noexcept;
    // (writer) False when the word is damaged: the file must be replaced before anything is written.
    [[nodiscard]] bool markStripe(std::uint64_t keyHash) noexcept;
    [[nodiscard]] bool markRegion(std::uint32_t regionId) noexcept;
    [[nodiscard]] bool markAllRegions() noexcept;
    // (writer) Loads that began before are dropped.
    void advanceLoads(std::uint32_t regionId) noexcept;
    void advanceAllLoads() noexcept;
    void advanceEpoch() noexcept;
    // (writer) All marks are set; call just before COMMIT.
    void publishMarks() noexcept;
    // (writer) Ends the change, committed or not: what became of it need not be known.
    void endFlight() noexcept;
    // (writer) Ends a change that was rolled back before its COMMIT: marked words become what they were, as what they
    // cover is.
    void abandonFlight() noexcept;
    // (writer) No commit happened, but snapshots taken before pass for old: who has one ends it, or takes another before it
    // reads again. Not within a change.
    void recallSnapshots() noexcept;
    // (writer) What a writer that died left in flight moves on; every region moves. False: damaged words.
    [[nodiscard]] bool repair() noexcept;

    // (writer) What the commit that follows will do; becomes the last commit with recordCommitted().
    void recordPending(const CommitRecord &record) noexcept;
    void recordCommitted(std::int64_t logBytes) noexcept;
    // (writer) Up to which frame of the log the last commit that wrote any goes; -1 when not known.
    void recordLogFrames(std::int64_t frames) noexcept;
    void recordLogBytes(std::int64_t logBytes) noexcept;
    [[nodiscard]] CommitRecord lastCommit() const;
    // The database must agree with one of them; none when that cannot be told.
    [[nodiscard]] std::vector<CommitRecord> possibleCommits() const;
    // The log was never shorter than this since; -1 when not known.
    [[nodiscard]] std::int64_t logBytes() const noexcept;
    // As recorded. What lies behind in the log need not have been committed.
    [[nodiscard]] std::optional<std::uint64_t> logFrames() const noexcept;
    // (writer) Which database file the words, and the log beside it, belong to; 0 when not known, or damaged.
    void recordDatabase(std::uint64_t inode) noexcept;
    [[nodiscard]] std::uint64_t databaseInode() const noexcept;

private:
    CoherenceFile(FileDescriptor descriptor, std::unique_ptr<MappedFile> file, const FileIdentity &identity);
    [[nodiscard]] std::uint64_t encode(std::uint64_t count) const noexcept;
    [[nodiscard]] bool isValid(std::uint64_t word) const noexcept;
    // Adds to the count of a valid word. False, and nothing changed, for another.
    bool move(std::atomic<std::uint64_t> &word, std::uint64_t steps) noexcept;
    [[nodiscard]] bool mark(std::atomic<std::uint64_t> &word) noexcept;
    void advance(std::atomic<std::uint64_t> &word) noexcept;
    [[nodiscard]] bool isQueueImpatient(SteadyTime now) const noexcept;
    [[nodiscard]] std::atomic<std::uint64_t> &stripe(std::uint64_t keyHash) const noexcept;
    [[nodiscard]] std::atomic<std::uint64_t> &region(std::uint32_t regionId) const noexcept;
    [[nodiscard]] std::atomic<std::uint64_t> &loads(std::uint32_t regionId) const noexcept;

    FileDescriptor m_descriptor; // Of the writer lock, until retired.
    std::unique_ptr<MappedFile> m_file;
    FileIdentity m_identity;
    const CoherenceHeader *m_header;
    CoherenceControl *m_control;
    std::uint64_t m_salt;
    std::vector<std::atomic<std::uint64_t> *> m_marked;
};

} // namespace Infra::Detail
