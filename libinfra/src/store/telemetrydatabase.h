// SPDX-License-Identifier: MIT
#pragma once

#include "sqlitestore.h"
#include "telemetrychannel.h"
#include "threadannotations.h"

#include <condition_variable>
#include <functional>
#include <memory>

namespace Infra::Detail {

// Thread safety: every member may be called from any thread at once; one at a time gets to the file, the others wait
// for their deadlines.
//
// The telemetry of a store. Instances and frames live in a second SQLite file beside it, FILE.telemetry: what every
// process writes every second then never waits for, nor delays, a cache's writer, whose lock is the cache's one
// bottleneck; it can be written without any fsync, as the loss of some seconds of charts in a crash of the machine is
// nothing; it cannot eat into the cache's byte cap; and damage to either file leaves the other alone. The journal
// of events is kept in the store itself, so that an invalidation and its line are one transaction.
class TelemetryDatabase final : public TelemetryChannel
{
public:
    explicit TelemetryDatabase(std::shared_ptr<SqliteStore> store);
    ~TelemetryDatabase() override;

    [[nodiscard]] Result<void> publish(const InstanceRow &instance, const FrameRow &frame, Deadline deadline) override;
    [[nodiscard]] Result<std::vector<InstanceRow>> instances(Deadline deadline) override;
    [[nodiscard]] Result<std::vector<FrameRow>> frames(std::uint64_t after, int limit, Deadline deadline) override;
    [[nodiscard]] Result<std::uint64_t> appendEvent(const EventRow &event, Deadline deadline) override;
    [[nodiscard]] Result<std::vector<EventRow>> events(std::uint64_t after, int limit, Deadline deadline) override;

private:
    using Work = std::function<tl::expected<void, SqliteError>(const SqliteConnection &)>;

    // Runs `work` on the connection, on a rebuilt file when it was damaged.
    [[nodiscard]] Result<void> perform(Deadline deadline, const Work &work);
    [[nodiscard]] tl::expected<void, SqliteError> ensureOpen(SteadyTime deadline);
    // What one statement may wait for other processes.
    [[nodiscard]] std::chrono::milliseconds patience(SteadyTime deadline) const;
    // Tells the connection to wait so long from now on.
    [[nodiscard]] tl::expected<void, SqliteError> waitUntil(const SqliteConnection &connection, SteadyTime deadline);
    void closeStale();
    void removeDamaged();
    [[nodiscard]] bool isReadOnly() const noexcept;

    const std::shared_ptr<SqliteStore> m_store;
    const QString m_path;
    const QByteArray m_file;
    Mutex m_mutex;
    std::condition_variable m_released;
    bool m_isInUse INFRA_GUARDED_BY(m_mutex) = false;
    // Of whoever set m_isInUse.
    std::unique_ptr<SqliteConnection> m_connection;
    std::chrono::milliseconds m_patience{0}; // As the connection has it.
    FileIdentity m_identity;
};

} // namespace Infra::Detail
