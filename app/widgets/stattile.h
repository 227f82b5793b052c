// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"
#include "widgets/format.h"

#include <QAbstractButton>

#include <memory>
#include <optional>

namespace InfraConsole {

// Thread safety: belongs to the GUI thread.
//
// One figure: label, value with unit, what it was a minute ago, a sparkline, and a status when the value has one. A
// click (or Enter) means "show me the chart".
class StatTile : public QAbstractButton
{
    Q_OBJECT

public:
    StatTile(const QString &label, Unit unit, QWidget *parent = nullptr);
    ~StatTile() override;

    void setValue(double value);
    [[nodiscard]] double value() const { return m_value; }
    // A text in place of a number: "4 of 5".
    void setText(const QString &number, const QString &unit = {});
    // A short line below the value: "of 15 connections". Without one the trend stands there.
    void setNote(const QString &note);
    // Draws the sparkline and derives the trend over its last minute.
    void setSeries(std::shared_ptr<const Series> series, int color = 0);
    // Empty: no status is shown.
    void setStatus(std::optional<Verdict> status);
    // Greyed: what it shows was known last, and is not known to hold now.
    void setStale(bool stale);
    [[nodiscard]] bool isStale() const { return m_stale; }

    // "+2.1 % in 1 min", "steady"; empty while unknown.
    [[nodiscard]] QString trendText() const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void describe();

    QString m_label;
    Unit m_unit;
    double m_value = Unknown;
    FormattedNumber m_shown;
    QString m_note;
    std::shared_ptr<const Series> m_series;
    int m_color = 0;
    std::optional<Verdict> m_status;
    bool m_stale = false;
};

} // namespace InfraConsole
