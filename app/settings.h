// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/attention.h"

#include <infra/services.h>

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <memory>
#include <optional>
#include <vector>

class QSettings;

namespace InfraConsole {

// A store that the operator named.
struct Profile
{
    QString name;
    QString storeUrl;
    bool production = false;
    bool readOnly = false;

    friend bool operator==(const Profile &, const Profile &) = default;
};

// Thread safety: belongs to the GUI thread.
//
// What the console remembers, over a QSettings that it is given: the operator's own in the program, a temporary
// file in tests and in the demo.
class Settings
{
public:
    explicit Settings(std::unique_ptr<QSettings> storage);
    ~Settings();
    // The operator's own: org "Infra", application "infra-console".
    [[nodiscard]] static std::unique_ptr<Settings> user();

    // Empty: never edited, the preconfigured ones apply.
    [[nodiscard]] std::optional<std::vector<Infra::ServiceEndpoint>> services() const;
    void setServices(const std::vector<Infra::ServiceEndpoint> &services);
    // One console's edit: what differs between the two is done to the list as it is by now, which another console may have
    // edited as well.
    void changeServices(const std::vector<Infra::ServiceEndpoint> &before, const std::vector<Infra::ServiceEndpoint> &after);

    [[nodiscard]] std::vector<Profile> profiles() const;
    void setProfiles(const std::vector<Profile> &profiles);
    [[nodiscard]] std::optional<Profile> profile(const QString &name) const;

    [[nodiscard]] AttentionThresholds thresholds() const;
    void setThresholds(const AttentionThresholds &thresholds);
    [[nodiscard]] bool notifications() const;
    void setNotifications(bool notifications);

    // Newest first, at most eight, each store once however its URL is spelled.
    [[nodiscard]] QStringList recentStores() const;
    void addRecentStore(const QString &url);
    void removeRecentStore(const QString &url);

    [[nodiscard]] QByteArray windowGeometry() const;
    void setWindowGeometry(const QByteArray &geometry);
    [[nodiscard]] int currentPage() const;
    void setCurrentPage(int page);
    [[nodiscard]] int rangeSeconds() const;
    void setRangeSeconds(int seconds);
    // Columns, sorting and splitters of a page or table, by its object name.
    [[nodiscard]] QByteArray viewState(const QString &name) const;
    void setViewState(const QString &name, const QByteArray &state);

private:
    std::unique_ptr<QSettings> m_storage;
};

} // namespace InfraConsole
