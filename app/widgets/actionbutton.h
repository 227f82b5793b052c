// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPushButton>

class QAction;

namespace InfraConsole {

// Thread safety: belongs to the GUI thread. A push button that shows and triggers an action and is enabled with it.
class ActionButton : public QPushButton
{
    Q_OBJECT

public:
    // `action` must outlive the button.
    explicit ActionButton(QAction *action, QWidget *parent = nullptr);
    ~ActionButton() override;
};

// A push button for what cannot be undone: filled in the danger colour while it is enabled. Never the default button.
class DangerButton : public QPushButton
{
    Q_OBJECT

public:
    explicit DangerButton(QWidget *parent = nullptr);
    ~DangerButton() override;

    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
};

} // namespace InfraConsole
