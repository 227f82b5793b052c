// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <infra/result.h>

#include <QDir>
#include <QObject>
#include <QTimer>

#include <memory>

namespace InfraConsole {

class MainWindow;
class Session;

// Thread safety: belongs to the GUI thread.
//
// For --capture: goes through the pages, waits until each has data in its charts (at most some seconds), writes a
// PNG of each, then of each main dialog, and ends the program.
class Capture : public QObject
{
    Q_OBJECT

public:
    // Creates the directory. `window` must outlive the capture.
    [[nodiscard]] static Infra::Result<std::unique_ptr<Capture>> create(const QString &directory, MainWindow &window);
    ~Capture() override;

    // Of a demo a while is waited for first, so that its charts show more than a beginning.
    void start(Session *session, bool isDemo);

private:
    Capture(QDir directory, MainWindow &window);
    void step();
    void captureDialog();
    void trigger(const QString &action);
    [[nodiscard]] bool write(const QString &name, QWidget *widget);

    const QDir m_directory;
    MainWindow &m_window;
    Session *m_session = nullptr;
    QTimer m_timer;
    int m_page = -1;
    int m_ticks = 0;
    int m_ticksBefore = 0;
};

} // namespace InfraConsole
