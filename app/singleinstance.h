// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <memory>

class QLocalServer;
class QLockFile;

namespace InfraConsole {

// Thread safety: belongs to the GUI thread.
//
// One window per operator and store: the first console that claims a key keeps it while this object lives; a later one
// that claims it asks the first to come to the front. The lock is a file that dies with its process, so a console that
// was killed stands in nobody's way.
class SingleInstance : public QObject
{
    Q_OBJECT

public:
    enum class Outcome {
        First,    // The key is ours until the next claim.
        Raised,   // Another console has it, and was asked to come to the front.
        Silent    // Another console has it and does not answer.
    };

    explicit SingleInstance(QObject *parent = nullptr);
    ~SingleInstance() override;

    // `key` names the store that is shown (storeKey()). When another console has it, the key that is ours stays.
    [[nodiscard]] Outcome claim(const QString &key);

Q_SIGNALS:
    // Another console was started for the same.
    void raiseRequested();

private:
    std::unique_ptr<QLockFile> m_lock;
    std::unique_ptr<QLocalServer> m_server;
};

} // namespace InfraConsole
