// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHeaderView>

namespace InfraConsole {

// Thread safety: belongs to the GUI thread. A flat table header: titles in the secondary colour over a hairline, aligned
// with the cells below, the sorted column in the text colour beside its arrow.
class HeaderView : public QHeaderView
{
    Q_OBJECT

public:
    explicit HeaderView(QWidget *parent = nullptr);
    ~HeaderView() override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void paintSection(QPainter *painter, const QRect &rect, int logicalIndex) const override;
};

} // namespace InfraConsole
