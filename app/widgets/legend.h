// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

namespace InfraConsole {

// Thread safety: belongs to the GUI thread. One legend for several charts that show the same entities; names that do
// not fit are elided together.
class Legend : public QWidget
{
    Q_OBJECT

public:
    struct Entry
    {
        QString name;
        int color = 0; // Index into Theme::series().
        friend bool operator==(const Entry &, const Entry &) = default;
    };

    explicit Legend(QWidget *parent = nullptr);
    ~Legend() override;

    void setEntries(const QList<Entry> &entries);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QList<Entry> m_entries;
};

} // namespace InfraConsole
