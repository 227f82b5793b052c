// SPDX-License-Identifier: MIT
#include <infra/infrastructure.h>

#include <QCoreApplication>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    Infra::InfrastructureOptions options;
    options.service = QStringLiteral("orders");
    options.store.url = QStringLiteral("sqlite:orders-cache.db");
    auto infrastructure = Infra::Infrastructure::create(options);
    if (!infrastructure)
        qFatal("%s", qPrintable(infrastructure.error().message));

    auto pool = Infra::pool(QStringLiteral("sqlite:orders.db"));
    auto correlations = Infra::correlationCache();
    auto value = (*correlations)->getOrCompute(u"hall", u"stairs", [&]() -> Infra::Result<std::optional<double>> {
        auto lease = (*pool)->acquire(std::chrono::seconds(1));
        return lease ? Infra::Result<std::optional<double>>(0.93) : Infra::failure(lease.error());
    });
    auto health = (*Infra::serviceClient(QStringLiteral("data-api")))->get(QStringLiteral("/health"));
    return value && *value == 0.93 ? 0 : 1;
}
