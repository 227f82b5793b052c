// SPDX-License-Identifier: GPL-3.0-or-later
#include "servicelist.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace InfraConsole {

using Infra::Error;
using Infra::failure;

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::ServiceList)
};

constexpr qsizetype MaximumBytes = 1 << 20;
constexpr qsizetype MaximumServices = 1000;

} // namespace

QByteArray writeServiceList(const ServiceList &services)
{
    QJsonArray list;
    for (const auto &[name, url] : services)
        list.append(QJsonObject{{QStringLiteral("name"), name}, {QStringLiteral("url"), url}});
    return QJsonDocument(list).toJson(QJsonDocument::Indented);
}

Infra::Result<ServiceList> readServiceList(const QByteArray &file)
{
    if (file.size() > MaximumBytes)
        return failure(Error::Kind::LimitExceeded, Text::tr("The file is larger than 1 MiB: it is no list of services."));
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(file, &problem);
    if (problem.error != QJsonParseError::NoError)
        return failure(Error::Kind::InvalidArgument, Text::tr("The file is not JSON: %1.").arg(problem.errorString()));
    if (!document.isArray())
        return failure(Error::Kind::InvalidArgument, Text::tr("The file is no list of services with “name” and “url”."));
    const QJsonArray list = document.array();
    if (list.size() > MaximumServices)
        return failure(Error::Kind::LimitExceeded, Text::tr("The file lists more than 1,000 services."));
    ServiceList services;
    for (const QJsonValue &value : list) {
        const QString name = value[QStringLiteral("name")].toString().trimmed();
        const QString url = value[QStringLiteral("url")].toString().trimmed();
        if (name.isEmpty() || url.isEmpty())
            return failure(Error::Kind::InvalidArgument,
                           Text::tr("Entry %1 of the file has no “name” or no “url”.").arg(services.size() + 1));
        services.emplace_back(name, url);
    }
    return services;
}

} // namespace InfraConsole
