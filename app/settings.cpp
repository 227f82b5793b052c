// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"

#include "session/storefile.h"

#include <QSettings>

#include <algorithm>

namespace InfraConsole {

namespace {

constexpr int RecentLimit = 8;
// More would be a damaged file, not an operator's list.
constexpr int ListLimit = 10'000;

QStringList without(QStringList stores, const QString &url)
{
    stores.removeIf([key = storeKey(url)](const QString &store) { return storeKey(store) == key; });
    return stores;
}

using Services = std::vector<Infra::ServiceEndpoint>;

const Infra::ServiceEndpoint *find(const Services &services, const QString &name)
{
    const auto found = std::find_if(services.begin(), services.end(), [&name](const auto &service) { return service.name == name; });
    return found == services.end() ? nullptr : &*found;
}

QStringList commonNames(const Services &services, const Services &others)
{
    QStringList names;
    for (const Infra::ServiceEndpoint &service : services) {
        if (find(others, service.name))
            names << service.name;
    }
    return names;
}

// `current` with what was done between `before` and `after`.
Services merged(const Services &before, const Services &after, const Services &current)
{
    const auto isEdited = [&before](const Infra::ServiceEndpoint &service) {
        const Infra::ServiceEndpoint *const known = find(before, service.name);
        return !known || *known != service;
    };
    Services result;
    for (const Infra::ServiceEndpoint &service : current) {
        const Infra::ServiceEndpoint *const own = find(after, service.name);
        if (own || !find(before, service.name))
            result.push_back(own && isEdited(*own) ? *own : service);
    }
    // What is new stands beside what it stands beside here, so that a new name stays in its place; else it is the last.
    for (std::size_t index = 0; index < after.size(); ++index) {
        if (!isEdited(after[index]) || find(result, after[index].name))
            continue;
        auto place = result.end();
        for (std::size_t later = after.size() - 1; later > index; --later) {
            if (const Infra::ServiceEndpoint *const known = find(result, after[later].name))
                place = result.begin() + (known - result.data());
        }
        for (std::size_t earlier = 0; earlier < index; ++earlier) {
            if (const Infra::ServiceEndpoint *const known = find(result, after[earlier].name))
                place = result.begin() + (known - result.data()) + 1;
        }
        result.insert(place, after[index]);
    }
    // What was moved here trades places among what is listed here.
    if (commonNames(before, after) != commonNames(after, before)) {
        const Services unordered = result;
        auto name = after.begin();
        for (Infra::ServiceEndpoint &service : result) {
            if (!find(after, service.name))
                continue;
            while (!find(unordered, name->name))
                ++name;
            service = *find(unordered, (name++)->name);
        }
    }
    return result;
}

} // namespace

Settings::Settings(std::unique_ptr<QSettings> storage) : m_storage(std::move(storage)) {}
Settings::~Settings() = default;

std::unique_ptr<Settings> Settings::user()
{
    return std::make_unique<Settings>(
        std::make_unique<QSettings>(QStringLiteral("Infra"), QStringLiteral("infra-console")));
}

std::optional<std::vector<Infra::ServiceEndpoint>> Settings::services() const
{
    if (!m_storage->contains(QStringLiteral("services/size")))
        return std::nullopt;
    std::vector<Infra::ServiceEndpoint> result;
    const int count = std::min(m_storage->beginReadArray(QStringLiteral("services")), ListLimit);
    for (int index = 0; index < count; ++index) {
        m_storage->setArrayIndex(index);
        result.push_back({m_storage->value(QStringLiteral("name")).toString(),
                          m_storage->value(QStringLiteral("url")).toUrl()});
    }
    m_storage->endArray();
    return result;
}

void Settings::setServices(const std::vector<Infra::ServiceEndpoint> &services)
{
    m_storage->remove(QStringLiteral("services"));
    m_storage->beginWriteArray(QStringLiteral("services"), static_cast<int>(services.size()));
    int index = 0;
    for (const Infra::ServiceEndpoint &service : services) {
        m_storage->setArrayIndex(index++);
        m_storage->setValue(QStringLiteral("name"), service.name);
        m_storage->setValue(QStringLiteral("url"), service.baseUrl);
    }
    m_storage->endArray();
}

void Settings::changeServices(const Services &before, const Services &after)
{
    m_storage->sync();
    setServices(merged(before, after, services().value_or(before)));
    // At once, and not some time later: the other console reads the file.
    m_storage->sync();
}

std::vector<Profile> Settings::profiles() const
{
    std::vector<Profile> result;
    const int count = std::min(m_storage->beginReadArray(QStringLiteral("profiles")), ListLimit);
    for (int index = 0; index < count; ++index) {
        m_storage->setArrayIndex(index);
        result.push_back({m_storage->value(QStringLiteral("name")).toString(),
                          m_storage->value(QStringLiteral("store")).toString(),
                          m_storage->value(QStringLiteral("production")).toBool(),
                          m_storage->value(QStringLiteral("readOnly")).toBool()});
    }
    m_storage->endArray();
    return result;
}

void Settings::setProfiles(const std::vector<Profile> &profiles)
{
    m_storage->remove(QStringLiteral("profiles"));
    m_storage->beginWriteArray(QStringLiteral("profiles"), static_cast<int>(profiles.size()));
    int index = 0;
    for (const Profile &profile : profiles) {
        m_storage->setArrayIndex(index++);
        m_storage->setValue(QStringLiteral("name"), profile.name);
        m_storage->setValue(QStringLiteral("store"), profile.storeUrl);
        m_storage->setValue(QStringLiteral("production"), profile.production);
        m_storage->setValue(QStringLiteral("readOnly"), profile.readOnly);
    }
    m_storage->endArray();
}

std::optional<Profile> Settings::profile(const QString &name) const
{
    for (const Profile &profile : profiles()) {
        if (profile.name == name)
            return profile;
    }
    return std::nullopt;
}

// A value outside its range is as good as none.
AttentionThresholds Settings::thresholds() const
{
    AttentionThresholds result;
    const auto number = [this](const char *key, double fallback, double least, double most) {
        bool isNumber = false;
        const double value = m_storage->value(QStringLiteral("thresholds/") + QLatin1String(key)).toDouble(&isNumber);
        return isNumber && value >= least && value <= most ? value : fallback;
    };
    using std::chrono::milliseconds;
    const auto wait = static_cast<double>(std::chrono::duration_cast<milliseconds>(result.poolWait).count());
    result.hitRatio = number("hitRatio", result.hitRatio, 0, 1);
    result.minimumRequests = number("minimumRequests", result.minimumRequests, 0, 1e6);
    result.poolPressure = number("poolPressure", result.poolPressure, 0.1, 1);
    result.poolWait = milliseconds(static_cast<std::int64_t>(number("poolWaitMilliseconds", wait, 1, 60'000)));
    result.certificate = std::chrono::hours(static_cast<int>(number("certificateHours", static_cast<double>(result.certificate.count()), 1, 24 * 365)));
    return result;
}

void Settings::setThresholds(const AttentionThresholds &thresholds)
{
    m_storage->setValue(QStringLiteral("thresholds/hitRatio"), thresholds.hitRatio);
    m_storage->setValue(QStringLiteral("thresholds/minimumRequests"), thresholds.minimumRequests);
    m_storage->setValue(QStringLiteral("thresholds/poolPressure"), thresholds.poolPressure);
    m_storage->setValue(QStringLiteral("thresholds/poolWaitMilliseconds"),
                        static_cast<qlonglong>(std::chrono::duration_cast<std::chrono::milliseconds>(thresholds.poolWait).count()));
    m_storage->setValue(QStringLiteral("thresholds/certificateHours"), static_cast<int>(thresholds.certificate.count()));
}

bool Settings::notifications() const
{
    return m_storage->value(QStringLiteral("notifications"), true).toBool();
}

void Settings::setNotifications(bool notifications)
{
    m_storage->setValue(QStringLiteral("notifications"), notifications);
}

QStringList Settings::recentStores() const
{
    return m_storage->value(QStringLiteral("recentStores")).toStringList().mid(0, RecentLimit);
}

void Settings::addRecentStore(const QString &url)
{
    QStringList stores = without(recentStores(), url);
    stores.prepend(absoluteStoreUrl(url));
    m_storage->setValue(QStringLiteral("recentStores"), stores.mid(0, RecentLimit));
}

void Settings::removeRecentStore(const QString &url)
{
    m_storage->setValue(QStringLiteral("recentStores"), without(recentStores(), url));
}

QByteArray Settings::windowGeometry() const
{
    return m_storage->value(QStringLiteral("window/geometry")).toByteArray();
}

void Settings::setWindowGeometry(const QByteArray &geometry)
{
    m_storage->setValue(QStringLiteral("window/geometry"), geometry);
}

int Settings::currentPage() const
{
    return m_storage->value(QStringLiteral("window/page")).toInt();
}

void Settings::setCurrentPage(int page)
{
    m_storage->setValue(QStringLiteral("window/page"), page);
}

int Settings::rangeSeconds() const
{
    return m_storage->value(QStringLiteral("window/range"), 300).toInt();
}

void Settings::setRangeSeconds(int seconds)
{
    m_storage->setValue(QStringLiteral("window/range"), seconds);
}

QByteArray Settings::viewState(const QString &name) const
{
    return m_storage->value(QStringLiteral("views/") + name).toByteArray();
}

void Settings::setViewState(const QString &name, const QByteArray &state)
{
    m_storage->setValue(QStringLiteral("views/") + name, state);
}

} // namespace InfraConsole
