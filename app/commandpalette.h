// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QIcon>
#include <QPointer>

#include <functional>
#include <vector>

class QAction;
class QLineEdit;
class QListWidget;

namespace InfraConsole {

// One line of the palette.
struct Command
{
    QString title;
    QString hint;      // A shortcut, or what the thing is ("region").
    QIcon icon;
    std::function<void()> run;
};

// What the action does, for as long as it exists.
[[nodiscard]] Command commandFor(QAction *action);

// Ctrl+K: everything the window can do and every thing that it can show, found by typing parts of its name.
// Lies over the window without a loop of its own; Escape, or a click elsewhere, closes it.
class CommandPalette : public QFrame
{
    Q_OBJECT

public:
    explicit CommandPalette(QWidget *parent);
    ~CommandPalette() override;

    void open(std::vector<Command> commands);
    // Closes it, and forgets the commands: what they would run is about to go.
    void dismiss();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void filter(const QString &text);
    void runCurrent();
    void close();

    QLineEdit *m_input;
    QListWidget *m_list;
    std::vector<Command> m_commands;
    QPointer<QWidget> m_focusBefore;
};

} // namespace InfraConsole
