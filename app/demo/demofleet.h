// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QUrl>

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace InfraConsole {

// Thread safety: a value.
struct DemoFleetOptions
{
    // infra-demo-service; empty: beside the running program, else beside it in ../libexec/infra, else in PATH.
    QString executable;
    // Work of each service, relative to the default: 0 (idle) to 100.
    double load = 1.0;
    // The same seed gives the same sequence of requests.
    std::uint64_t seed = 1;
    // From start() to ready(); failed() after that.
    std::chrono::milliseconds startTimeout{15'000};
};

// Thread safety: none; lives in one thread, which needs an event loop and must outlive the processes: the kernel
// ends them with the thread that started them.
//
// Five real processes that link libinfra as any service would: the preconfigured service names, on free loopback
// ports, sharing a new store in a temporary directory. They end with this object, with stop(), and with this process
// however that ends. No member waits for a process, except the destructor: up to a second, usually some milliseconds.
class DemoFleet : public QObject
{
    Q_OBJECT

public:
    struct Service
    {
        QString name;
        QUrl url;                  // Empty until it listens.
        std::int64_t processId = 0; // 0 while it is not running.
    };

    explicit DemoFleet(DemoFleetOptions options = {}, QObject *parent = nullptr);
    ~DemoFleet() override;

    // ready() or failed() follows. Only once.
    void start();
    // Ends every service; stopped() follows, within a second.
    void stop();

    // Where the services publish; known from construction on. The file exists after ready().
    [[nodiscard]] QString storeUrl() const;
    // In the preconfigured order.
    [[nodiscard]] std::vector<Service> services() const;
    [[nodiscard]] bool isReady() const;

    // Ends one service with SIGKILL, as a crash would. Does nothing for an unknown name.
    void kill(const QString &name);
    // Starts it again on its old port. Does nothing while it runs.
    void restart(const QString &name);

Q_SIGNALS:
    // All five listen and know one another.
    void ready();
    // The fleet could not be started; nothing of it runs any more. One sentence.
    void failed(const QString &message);
    // One service ended that was not told to by stop().
    void serviceEnded(const QString &name);
    void stopped();

private:
    struct Private;
    const std::unique_ptr<Private> d;
};

} // namespace InfraConsole
