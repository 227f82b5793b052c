// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

namespace InfraConsole {

// Thread safety: belongs to the GUI thread. A surface with a one-pixel border and rounded corners.
class Card : public QFrame
{
    Q_OBJECT

public:
    explicit Card(QWidget *parent = nullptr);
    ~Card() override;

protected:
    void paintEvent(QPaintEvent *event) override;
};

} // namespace InfraConsole
