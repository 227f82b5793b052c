// SPDX-License-Identifier: MIT
#pragma once

#include "sqlitereader.h"
#include "threadannotations.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace Infra::Detail {

// Thread safety: every member may be called from any thread at once.
//
// The reading connections of a store: opened when first needed, the one used last handed out first, so that its
// snapshot and page cache are warm.
class ReaderPool
{
public:
    // A reader for the holder alone; goes back when destroyed.
    class Lease
    {
    public:
        Lease(ReaderPool &pool, std::unique_ptr<SqliteReader> reader) noexcept
            : m_pool(&pool), m_reader(std::move(reader))
        {
        }
        Lease(Lease &&other) noexcept = default;
        Lease &operator=(Lease &&other) = delete;
        ~Lease();

        SqliteReader *operator->() const noexcept { return m_reader.get(); }
        SqliteReader &operator*() const noexcept { return *m_reader; }

    private:
        ReaderPool *m_pool;
        std::unique_ptr<SqliteReader> m_reader;
    };

    explicit ReaderPool(StoreContext &context);
    ~ReaderPool();

    // Readers of the session before close as soon as nobody uses them. Null: acquire() fails.
    void setSession(std::shared_ptr<StoreSession> session);
    [[nodiscard]] std::shared_ptr<StoreSession> session() const;
    // Fails with Timeout, Unavailable, or what opening a connection fails with (as Damage when the file is at fault).
    [[nodiscard]] tl::expected<Lease, SqliteError> acquire(SteadyTime deadline);

    // One more for who has one already, at once, or none: another stays free for lookups.
    [[nodiscard]] std::optional<Lease> acquireSpare();

    // Ends the snapshots of readers not used since the last call: the write-ahead log cannot be emptied under them.
    void dropSnapshots();
    // Of readers that nobody uses at the moment, when something was committed since.
    void dropOldSnapshots();
    // Whom to tell, on the thread that gives the reader back, of the first snapshot behind an awaitSnapshot() that found none.
    // Before the first acquire().
    void setSnapshotListener(std::function<void()> listener) { m_snapshotListener = std::move(listener); }
    // Whether readers that nobody uses at the moment have snapshots; if not, the listener will be told.
    [[nodiscard]] bool awaitSnapshot();
    // Of all readers that nobody uses at the moment.
    void dropIdleSnapshots();
    // What was read lately.
    [[nodiscard]] std::vector<AccessRecord> takeAccesses();

private:
    template<class Condition>
    void endSnapshots(Condition condition);
    // Idle, or not open yet.
    [[nodiscard]] int freeReaders() const INFRA_REQUIRES(m_mutex);
    // The one used last; null when it has to be opened, for which there is a place then.
    [[nodiscard]] std::unique_ptr<SqliteReader> takeIdle() INFRA_REQUIRES(m_mutex);
    [[nodiscard]] tl::expected<Lease, SqliteError> openReader(const std::shared_ptr<StoreSession> &session);
    void release(std::unique_ptr<SqliteReader> reader);

    StoreContext &m_context;
    std::function<void()> m_snapshotListener;
    mutable Mutex m_mutex;
    std::condition_variable m_released;
    std::shared_ptr<StoreSession> m_session INFRA_GUARDED_BY(m_mutex);
    std::vector<std::unique_ptr<SqliteReader>> m_idle INFRA_GUARDED_BY(m_mutex);
    int m_open INFRA_GUARDED_BY(m_mutex) = 0; // Idle and in use, of this session and before.
    int m_waiters INFRA_GUARDED_BY(m_mutex) = 0;
    bool m_isSnapshotAwaited INFRA_GUARDED_BY(m_mutex) = false;
};

} // namespace Infra::Detail
