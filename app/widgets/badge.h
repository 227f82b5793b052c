// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace InfraConsole {

// Thread safety: belongs to the GUI thread. A short word in a box that must not be overlooked: DEMO, read-only,
// production.
class Badge : public QWidget
{
    Q_OBJECT

public:
    enum class Kind { Demo, ReadOnly, Production };

    explicit Badge(Kind kind, QWidget *parent = nullptr);
    ~Badge() override;

    [[nodiscard]] QString text() const;
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Kind m_kind;
};

} // namespace InfraConsole
