// SPDX-License-Identifier: MIT
#include "healthbody.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <array>

namespace Infra::Detail {

namespace {

constexpr int MaximumDepth = 8;
constexpr int MaximumDependencies = 1000;
constexpr qsizetype MaximumText = 1000;

struct Word
{
    const char *text;
    HealthVerdict verdict;
};

constexpr std::array Words{
    Word{"pass", HealthVerdict::Up},           Word{"ok", HealthVerdict::Up},
    Word{"up", HealthVerdict::Up},             Word{"healthy", HealthVerdict::Up},
    Word{"passing", HealthVerdict::Up},        Word{"alive", HealthVerdict::Up},
    Word{"ready", HealthVerdict::Up},          Word{"running", HealthVerdict::Up},
    Word{"good", HealthVerdict::Up},           Word{"green", HealthVerdict::Up},
    Word{"connected", HealthVerdict::Up},      Word{"available", HealthVerdict::Up},
    Word{"online", HealthVerdict::Up},         Word{"success", HealthVerdict::Up},
    Word{"operational", HealthVerdict::Up},    Word{"true", HealthVerdict::Up},
    Word{"serving", HealthVerdict::Up},
    Word{"warn", HealthVerdict::Degraded},     Word{"warning", HealthVerdict::Degraded},
    Word{"degraded", HealthVerdict::Degraded}, Word{"yellow", HealthVerdict::Degraded},
    Word{"partial", HealthVerdict::Degraded},  Word{"starting", HealthVerdict::Degraded},
    Word{"unstable", HealthVerdict::Degraded},
    Word{"fail", HealthVerdict::Down},         Word{"down", HealthVerdict::Down},
    Word{"unhealthy", HealthVerdict::Down},    Word{"error", HealthVerdict::Down},
    Word{"failed", HealthVerdict::Down},       Word{"failing", HealthVerdict::Down},
    Word{"failure", HealthVerdict::Down},      Word{"critical", HealthVerdict::Down},
    Word{"out_of_service", HealthVerdict::Down}, Word{"red", HealthVerdict::Down},
    Word{"dead", HealthVerdict::Down},         Word{"disconnected", HealthVerdict::Down},
    Word{"unavailable", HealthVerdict::Down},  Word{"offline", HealthVerdict::Down},
    Word{"false", HealthVerdict::Down},        Word{"not_serving", HealthVerdict::Down},
    Word{"not ready", HealthVerdict::Down},
};

QString textOf(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::String: return value.toString().left(MaximumText);
    case QJsonValue::Double: return QString::number(value.toDouble(), 'g', 12);
    case QJsonValue::Bool: return value.toBool() ? QStringLiteral("true") : QStringLiteral("false");
    default: return {};
    }
}

// The first of these members that has a text.
QString firstText(const QJsonObject &object, std::initializer_list<const char *> keys)
{
    for (const char *key : keys) {
        if (const QString text = textOf(object.value(QLatin1String(key))); !text.isEmpty())
            return text;
    }
    return {};
}

QString statusOf(const QJsonObject &object)
{
    return firstText(object, {"status", "state", "health", "healthy"});
}

QString detailOf(const QJsonObject &object)
{
    if (const QString text = firstText(object, {"output", "error", "message", "detail", "description", "reason"}); !text.isEmpty())
        return text;
    QString observed = textOf(object.value(QLatin1String("observedValue")));
    if (!observed.isEmpty()) {
        const QString unit = textOf(object.value(QLatin1String("observedUnit")));
        if (!unit.isEmpty())
            observed += QLatin1Char(' ') + unit;
    }
    return observed;
}

class DependencyReader
{
public:
    std::vector<HealthDependency> read(const QJsonObject &object, int depth)
    {
        std::vector<HealthDependency> dependencies;
        if (depth >= MaximumDepth)
            return dependencies;
        for (const char *key : {"checks", "components", "dependencies", "services", "details"}) {
            const QJsonValue value = object.value(QLatin1String(key));
            if (value.isObject()) {
                const QJsonObject members = value.toObject();
                for (auto member = members.begin(); member != members.end(); ++member)
                    add(dependencies, member.key(), member.value(), depth);
            } else if (value.isArray()) {
                const QJsonArray entries = value.toArray();
                for (const QJsonValue &entry : entries) {
                    if (entry.isObject())
                        add(dependencies, firstText(entry.toObject(), {"name", "service", "id", "componentId"}), entry, depth);
                }
            }
        }
        return dependencies;
    }

private:
    void add(std::vector<HealthDependency> &dependencies, const QString &name, const QJsonValue &value, int depth)
    {
        // health+json: a name has a list of measurements.
        if (value.isArray()) {
            const QJsonArray entries = value.toArray();
            for (const QJsonValue &entry : entries) {
                if (!entry.isObject())
                    continue;
                const QString part = firstText(entry.toObject(), {"componentId"});
                add(dependencies, entries.size() > 1 && !part.isEmpty() ? name + QLatin1Char('/') + part : name, entry, depth);
            }
            return;
        }
        HealthDependency dependency;
        dependency.name = name.left(MaximumText);
        if (value.isObject()) {
            const QJsonObject object = value.toObject();
            dependency.status = statusOf(object);
            dependency.detail = detailOf(object);
            // Counted first, so that a parent is kept when the limit cuts its parts.
            if (++m_count > MaximumDependencies)
                return;
            dependency.dependencies = read(object, depth + 1);
            // An actuator's "details" hold plain values too: only what has a status is a part.
            if (dependency.status.isEmpty() && dependency.dependencies.empty())
                return;
        } else {
            dependency.status = textOf(value);
            if (verdictOfStatus(dependency.status) == HealthVerdict::NeverChecked || ++m_count > MaximumDependencies)
                return;
        }
        dependency.verdict = verdictOfStatus(dependency.status);
        dependencies.push_back(std::move(dependency));
    }

    int m_count = 0;
};

} // namespace

HealthVerdict verdictOfStatus(const QString &status)
{
    const QString word = status.trimmed();
    const auto found = std::find_if(Words.begin(), Words.end(),
                                    [&](const Word &entry) { return word.compare(QLatin1String(entry.text), Qt::CaseInsensitive) == 0; });
    return found == Words.end() ? HealthVerdict::NeverChecked : found->verdict;
}

std::optional<HealthBody> parseHealthBody(const QByteArray &body)
{
    const QJsonDocument document = QJsonDocument::fromJson(body);
    if (!document.isObject())
        return {};
    const QJsonObject object = document.object();
    HealthBody health;
    health.status = statusOf(object);
    health.verdict = verdictOfStatus(health.status);
    health.message = detailOf(object);
    health.version = firstText(object, {"releaseId", "version", "serviceVersion"});
    health.dependencies = DependencyReader().read(object, 0);
    if (health.status.isEmpty() && health.dependencies.empty())
        return {};
    return health;
}

} // namespace Infra::Detail
