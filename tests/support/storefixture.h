// SPDX-License-Identifier: MIT
#pragma once

#include "core/keyhash.h"
#include "store/sqlitestore.h"

#include <infra/storeoptions.h>

#include <QByteArray>
#include <QString>
#include <QTemporaryDir>

#include <memory>

namespace InfraTest {

// A store in a directory of its own, and what tests do with it all the time.
class StoreFixture
{
public:
    explicit StoreFixture(const Infra::Detail::StoreFaults &faults = {});

    [[nodiscard]] QString path() const { return m_directory.filePath(QStringLiteral("cache.db")); }
    [[nodiscard]] QString url() const { return QStringLiteral("sqlite://") + path(); }
    [[nodiscard]] Infra::StoreOptions options() const;

    // Another process would see what this sees: it shares nothing with store() but the files.
    [[nodiscard]] std::shared_ptr<Infra::Detail::SqliteStore> openAnother(const Infra::Detail::StoreFaults &faults = {});
    [[nodiscard]] Infra::Detail::SqliteStore &store();
    void close();

    Infra::StoreOptions changed; // What options() returns, less the URL.

private:
    QTemporaryDir m_directory;
    Infra::Detail::StoreFaults m_faults;
    std::shared_ptr<Infra::Detail::SqliteStore> m_store;
};

// One-line operations; they fail the test's process with a message when the store refuses.
[[nodiscard]] Infra::Detail::WriteOperation setOperation(std::uint32_t region, const QByteArray &key, const QByteArray &value);
[[nodiscard]] Infra::Detail::WriteOutcome put(Infra::Detail::SqliteStore &store, std::uint32_t region, const QByteArray &key,
                                              const QByteArray &value);
[[nodiscard]] std::optional<Infra::Detail::StoredEntry> get(Infra::Detail::SqliteStore &store, std::uint32_t region,
                                                            const QByteArray &key);
[[nodiscard]] std::uint32_t regionOf(Infra::Detail::SqliteStore &store, const QByteArray &name = "users");
// Whether a memory tier would serve a copy stamped so.
[[nodiscard]] bool isCurrent(Infra::Detail::SqliteStore &store, std::uint32_t region, const QByteArray &key,
                             Infra::Detail::CoherenceStamp stamp);

} // namespace InfraTest
