// SPDX-License-Identifier: GPL-3.0-or-later
#include "icons.h"

#include <QColor>
#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

// The library is static, so nothing else registers its resources. Q_INIT_RESOURCE must stand outside a namespace.
static void registerResources()
{
    Q_INIT_RESOURCE(resources);
}

namespace InfraConsole {

namespace {

class LineIconEngine : public QIconEngine
{
public:
    LineIconEngine(QByteArray source, QColor color) : m_source(std::move(source)), m_color(std::move(color)) {}

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        QByteArray source = m_source;
        source.replace("currentColor", colorFor(mode).name(QColor::HexRgb).toLatin1());
        QSvgRenderer renderer(source);
        const int side = qMin(rect.width(), rect.height());
        const QRectF target(rect.x() + (rect.width() - side) / 2.0, rect.y() + (rect.height() - side) / 2.0, side, side);
        renderer.render(painter, target);
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return pixmap;
    }

    QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State state, qreal) override
    {
        return pixmap(size, mode, state);
    }

    QIconEngine *clone() const override { return new LineIconEngine(m_source, m_color); }
    bool isNull() override { return m_source.isEmpty(); }
    QString key() const override { return QStringLiteral("InfraConsoleLineIcon"); }

private:
    QColor colorFor(QIcon::Mode mode) const
    {
        if (m_color.isValid())
            return m_color;
        const QPalette palette = QGuiApplication::palette();
        return mode == QIcon::Disabled ? palette.color(QPalette::Disabled, QPalette::WindowText)
                                       : palette.color(QPalette::Active, QPalette::WindowText);
    }

    QByteArray m_source;
    QColor m_color;
};

} // namespace

QIcon icon(const QString &name, const QColor &color)
{
    registerResources();
    QFile file(QStringLiteral(":/icons/") + name + QStringLiteral(".svg"));
    if (!file.open(QIODevice::ReadOnly)) {
        qWarning("There is no icon named %s", qPrintable(name));
        return {};
    }
    return QIcon(new LineIconEngine(file.readAll(), color));
}

QIcon icon(const QString &name)
{
    return icon(name, QColor());
}

QIcon applicationIcon()
{
    registerResources();
    return QIcon(QStringLiteral(":/icons/infra-console.svg"));
}

} // namespace InfraConsole
