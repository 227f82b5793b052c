#include <infra/endpoint.h>
#include <infra/infrastructure.h>

#include <QCoreApplication>
#include <QTimer>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    Infra::InfrastructureOptions options;
    options.service = QStringLiteral("orders");
    options.store.url = application.arguments().value(1, QStringLiteral("sqlite:///tmp/orders-cache.db"));
    auto infrastructure = Infra::Infrastructure::create(options);
    if (!infrastructure)
        qFatal("%s", qPrintable(infrastructure.error().message));
    auto pool = Infra::pool(application.arguments().value(2, QStringLiteral("sqlite:///tmp/orders.db")));
    auto correlations = Infra::correlationCache();
    if (!pool || !correlations)
        return 1;

    Infra::EndpointOptions endpoint;
    endpoint.metrics = [&] { return (*infrastructure)->collect(); };
    endpoint.health = [] { return Infra::HealthReportBuilder(QStringLiteral("orders"), QStringLiteral("1.0")); };
    auto listening = Infra::Endpoint::create(std::move(endpoint));
    if (!listening)
        return 1;
    std::printf("%d\n", (*listening)->port());
    std::fflush(stdout);

    QTimer work;
    QObject::connect(&work, &QTimer::timeout, [&] {
        auto value = (*correlations)->getOrCompute(u"hall", u"stairs", [&]() -> Infra::Result<std::optional<double>> {
            auto lease = (*pool)->acquire(std::chrono::seconds(1));
            return lease ? Infra::Result<std::optional<double>>(0.93) : Infra::failure(lease.error());
        });
        if (!value)
            qWarning("%s", qPrintable(value.error().message));
    });
    work.start(100);
    return application.exec();
}
