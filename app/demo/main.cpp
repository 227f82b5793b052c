// SPDX-License-Identifier: GPL-3.0-or-later
#include "demooptions.h"
#include "demoservice.h"
#include "parentwatch.h"

#include <QCoreApplication>

#include <cstdio>

namespace {

constexpr int BadInput = 2;

int complain(const Infra::Error &error)
{
    std::fprintf(stderr, "infra-demo-service: %s\n", qPrintable(error.message));
    return BadInput;
}

// "peer NAME URL" and "go", from the process that started this one.
void obey(const QByteArray &line, InfraDemo::DemoService &service)
{
    const QList<QByteArray> words = line.trimmed().split(' ');
    if (words == QList<QByteArray>{"go"}) {
        service.go();
    } else if (words.size() == 3 && words[0] == "peer") {
        if (auto added = service.addPeer(QString::fromUtf8(words[1]), QUrl::fromEncoded(words[2])); !added)
            std::fprintf(stderr, "infra-demo-service: %s\n", qPrintable(added.error().message));
    }
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("infra-demo-service"));
    QCoreApplication::setApplicationVersion(QStringLiteral(INFRA_VERSION));
    const auto options = InfraDemo::DemoOptions::parse(QCoreApplication::arguments());
    if (!options)
        return complain(options.error());
    if (options->parentProcess != 0 && !InfraDemo::dieWithParent(options->parentProcess))
        return EXIT_FAILURE;
    auto service = InfraDemo::DemoService::create(*options);
    if (!service)
        return complain(service.error());
    std::printf("listening %u\n", unsigned{(*service)->port()});
    std::fflush(stdout);
    if (options->parentProcess == 0) {
        (*service)->go();
        return QCoreApplication::exec();
    }
    InfraDemo::ParentWatch watch;
    QObject::connect(&watch, &InfraDemo::ParentWatch::lineRead, &application,
                     [&](const QByteArray &line) { obey(line, **service); });
    QObject::connect(&watch, &InfraDemo::ParentWatch::closed, &application, &QCoreApplication::quit);
    return QCoreApplication::exec();
}
