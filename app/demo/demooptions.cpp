// SPDX-License-Identifier: GPL-3.0-or-later
#include "demooptions.h"

#include <QCommandLineParser>

namespace InfraDemo {

using Infra::Error;
using Infra::failure;
using Infra::Result;

Result<std::pair<QString, QUrl>> DemoOptions::parsePeer(const QString &text)
{
    const qsizetype equals = text.indexOf(QLatin1Char('='));
    const QUrl url(text.mid(equals + 1), QUrl::StrictMode);
    if (equals < 1 || !url.isValid() || url.scheme() != QLatin1String("http") || url.host().isEmpty()) {
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("--peer \"%1\" is not NAME=http://HOST:PORT").arg(text));
    }
    return std::pair(text.first(equals), url);
}

Result<DemoOptions> DemoOptions::parse(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "A service of the demo: it computes correlations over generated series behind the shared cache and a connection "
        "pool, calls its peers, and answers GET /health, /metrics and /items/N on loopback."));
    const QCommandLineOption help = parser.addHelpOption();
    const QCommandLineOption version = parser.addVersionOption();
    const QCommandLineOption name(QStringLiteral("name"), QStringLiteral("The service's name."), QStringLiteral("name"));
    const QCommandLineOption port(QStringLiteral("port"), QStringLiteral("Loopback port; 0 takes a free one."),
                                  QStringLiteral("port"), QStringLiteral("0"));
    const QCommandLineOption store(QStringLiteral("store"), QStringLiteral("The shared store, for example sqlite:///tmp/demo.db."),
                                   QStringLiteral("url"));
    const QCommandLineOption peer({QStringLiteral("peer"), QStringLiteral("peers")},
                                  QStringLiteral("A service to call; may be repeated."), QStringLiteral("name=url"));
    const QCommandLineOption seed(QStringLiteral("seed"), QStringLiteral("The same seed asks for the same things."),
                                  QStringLiteral("number"), QStringLiteral("1"));
    const QCommandLineOption load(QStringLiteral("load"), QStringLiteral("Work relative to the default, 0 to 100."),
                                  QStringLiteral("factor"), QStringLiteral("1"));
    const QCommandLineOption parent(QStringLiteral("parent"),
                                    QStringLiteral("Process id of the starter: the service ends with it and with its own "
                                                   "standard input, and reads its peers from there."),
                                    QStringLiteral("pid"), QStringLiteral("0"));
    parser.addOptions({name, port, store, peer, seed, load, parent});
    const auto invalid = [](const QString &message) { return failure(Error::Kind::InvalidArgument, message); };
    if (!parser.parse(arguments))
        return invalid(parser.errorText());
    if (parser.isSet(help))
        parser.showHelp();
    if (parser.isSet(version))
        parser.showVersion();
    if (!parser.positionalArguments().isEmpty())
        return invalid(QStringLiteral("unexpected argument \"%1\"").arg(parser.positionalArguments().first()));

    DemoOptions options;
    options.name = parser.value(name);
    options.storeUrl = parser.value(store);
    if (options.name.isEmpty() || options.storeUrl.isEmpty())
        return invalid(QStringLiteral("--name and --store are required"));
    bool isPort = false;
    bool isSeed = false;
    bool isLoad = false;
    bool isParent = false;
    options.port = parser.value(port).toUShort(&isPort);
    options.seed = parser.value(seed).toULongLong(&isSeed);
    options.load = parser.value(load).toDouble(&isLoad);
    options.parentProcess = parser.value(parent).toLongLong(&isParent);
    if (!isPort)
        return invalid(QStringLiteral("--port \"%1\" is not 0 to 65535").arg(parser.value(port)));
    if (!isSeed)
        return invalid(QStringLiteral("--seed \"%1\" is not a number").arg(parser.value(seed)));
    if (!isLoad || !(options.load >= 0 && options.load <= 100))
        return invalid(QStringLiteral("--load \"%1\" is not 0 to 100").arg(parser.value(load)));
    if (!isParent || options.parentProcess < 0)
        return invalid(QStringLiteral("--parent \"%1\" is not a process id").arg(parser.value(parent)));
    for (const QString &text : parser.values(peer)) {
        auto parsed = parsePeer(text);
        if (!parsed)
            return failure(parsed.error());
        options.peers.insert_or_assign(std::move(parsed->first), std::move(parsed->second));
    }
    return options;
}

} // namespace InfraDemo
