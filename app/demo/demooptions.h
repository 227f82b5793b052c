// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <infra/result.h>

#include <QString>
#include <QStringList>
#include <QUrl>

#include <cstdint>
#include <map>

namespace InfraDemo {

// What infra-demo-service was told on its command line.
struct DemoOptions
{
    QString name;
    quint16 port = 0;
    QString storeUrl;
    std::map<QString, QUrl> peers;
    std::uint64_t seed = 1;
    double load = 1.0;
    // The process that started it and that it must not outlive; 0: nobody.
    std::int64_t parentProcess = 0;

    // `arguments` begins with the program's name. InvalidArgument says what is wrong in one sentence; --help and
    // --version print and end the process.
    [[nodiscard]] static Infra::Result<DemoOptions> parse(const QStringList &arguments);
    // "NAME=URL"
    [[nodiscard]] static Infra::Result<std::pair<QString, QUrl>> parsePeer(const QString &text);
};

} // namespace InfraDemo
