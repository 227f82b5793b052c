// SPDX-License-Identifier: GPL-3.0-or-later
#include "storefile.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

namespace InfraConsole {

using Infra::Error;
using Infra::failure;

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::StoreFile)
};

} // namespace

QString storeDisplayName(const QString &text)
{
    const auto url = Infra::DatabaseUrl::parse(text);
    if (!url)
        return Text::tr("unknown store");
    if (url->driver() == Infra::DatabaseUrl::Driver::Sqlite)
        return QFileInfo(url->database()).fileName();
    return url->host() + QLatin1Char('/') + url->database();
}

QString storeKey(const QString &text)
{
    const auto url = Infra::DatabaseUrl::parse(text);
    if (!url)
        return text;
    if (url->driver() == Infra::DatabaseUrl::Driver::Sqlite) {
        const QString file = url->isInMemory() ? QString() : QFileInfo(url->database()).canonicalFilePath();
        return QStringLiteral("sqlite:") + (file.isEmpty() ? url->database() : file);
    }
    constexpr int DefaultPort = 5432;
    const QString host = url->host().isEmpty() ? url->options().value(QStringLiteral("host")) : url->host();
    const int port = url->port() == 0 ? DefaultPort : url->port();
    return QStringLiteral("postgresql:") + host.toLower() + QLatin1Char(':') + QString::number(port) + QLatin1Char('/')
        + url->database();
}

QString absoluteStoreUrl(const QString &text)
{
    const auto url = Infra::DatabaseUrl::parse(text);
    return url && url->driver() == Infra::DatabaseUrl::Driver::Sqlite ? url->canonical() : text;
}

Infra::Result<void> checkStoreFile(const Infra::DatabaseUrl &url)
{
    if (url.driver() != Infra::DatabaseUrl::Driver::Sqlite || url.isInMemory())
        return {};
    const QFileInfo info(url.database());
    if (!info.exists())
        return failure(Error::Kind::NotFound,
                       Text::tr("Cannot open %1: there is no such file. Choose another file.").arg(info.filePath()));
    if (info.isDir())
        return failure(Error::Kind::InvalidArgument,
                       Text::tr("Cannot open %1: it is a folder. Choose a file.").arg(info.filePath()));
    if (!info.isFile())
        return failure(Error::Kind::InvalidArgument,
                       Text::tr("Cannot open %1: it is not a regular file. Choose another file.").arg(info.filePath()));
    if (!info.isReadable())
        return failure(Error::Kind::PermissionDenied,
                       Text::tr("Cannot open %1: it may not be read. Choose another file.").arg(info.fileName()));
    return {};
}

Infra::Result<void> checkUnopenedStoreFile(const Infra::DatabaseUrl &url)
{
    if (auto checked = checkStoreFile(url); !checked || url.driver() != Infra::DatabaseUrl::Driver::Sqlite || url.isInMemory())
        return checked;
    const QFileInfo info(url.database());
    QFile file(info.filePath());
    if (!file.open(QIODevice::ReadOnly))
        return failure(Error::Kind::PermissionDenied,
                       Text::tr("Cannot open %1: %2. Choose another file.").arg(info.fileName(), file.errorString()));
    // How every SQLite 3 database begins (sqlite.org, "Database File Format", 1.2.1).
    const QByteArray magic = QByteArrayLiteral("SQLite format 3\0");
    if (file.read(magic.size()) != magic)
        return failure(Error::Kind::Incompatible,
                       Text::tr("Cannot open %1: it is not a database. Choose another file.").arg(info.fileName()));
    return {};
}

} // namespace InfraConsole
