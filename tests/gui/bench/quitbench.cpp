// SPDX-License-Identifier: MIT
#include "fixture.h"
#include "measures.h"
#include "window.h"

#include <QTcpServer>

#include <algorithm>

namespace InfraBench {

using namespace std::chrono_literals;
using namespace InfraConsole;

int measureQuit(int rows)
{
    const FilledStore store(rows);
    QTcpServer hanging;
    hanging.listen(QHostAddress::LocalHost);
    std::vector<Infra::ServiceEndpoint> services;
    for (int i = 0; i < 5; ++i)
        services.push_back({QStringLiteral("hanging-%1").arg(i), QUrl(QStringLiteral("http://127.0.0.1:%1").arg(hanging.serverPort()))});
    const Publishers publishers(store.url(), 5, 8);
    double longest = 0;
    for (int round = 0; round < 5; ++round) {
        auto console = std::make_unique<Window>(store.url(), services);
        console->waitForData(8);
        console->window().goTo(PageId::Keys, QStringLiteral("orders"));
        spin(300ms);
        LiveSession &session = console->session();
        session.checkAllServices();
        auto counted = session.preview("orders", Infra::Target::glob("*:*:*1"), std::make_shared<std::atomic<bool>>(false));
        auto removed = session.invalidate("orders", round == 4 ? Infra::Target::region() : Infra::Target::prefix("order:000" + QByteArray::number(round)));
        auto listed = session.entries("orders", {}, {}, 5000);
        session.refresh();
        spin(30ms);
        const bool busy = !counted.isFinished() || !removed.isFinished() || !listed.isFinished();
        const double seconds = timed([&] { console->close(); });
        say(round == 4 ? "quit while a region of all rows is invalidated" : "quit with checks, a count, an invalidation in flight",
            milliseconds(1000 * seconds) + (busy ? QString() : QStringLiteral(" (they had ended)")), "<= 1000 ms");
        longest = std::max(longest, seconds);
    }
    return longest <= 1 ? 0 : 1;
}

} // namespace InfraBench
