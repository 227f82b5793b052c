// SPDX-License-Identifier: MIT
#include "fakesession.h"
#include "guitest.h"
#include "mainwindow.h"
#include "pages/page.h"
#include "settings.h"
#include "widgets/theme.h"

#include <QAbstractButton>
#include <QApplication>
#include <QFileDialog>
#include <QMenu>
#include <QScrollBar>
#include <QSettings>
#include <QTemporaryDir>
#include <QTimer>

#include <random>

using namespace InfraConsole;

// Ten thousand clicks, keys, wheels, drags, resizes and palette switches while data flows. The seed and the number come from
// the environment (INFRA_RANDOM_SEED, INFRA_RANDOM_STEPS); a short run is part of the suite.
class RandomUseTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void anythingMayBeDoneWithTheWindow();
};

namespace {

int fromEnvironment(const char *name, int fallback)
{
    bool given = false;
    const int value = qEnvironmentVariableIntValue(name, &given);
    return given ? value : fallback;
}

class Operator
{
public:
    Operator(MainWindow &window, InfraTest::FakeSession &session, unsigned seed) : m_window(window), m_session(session), m_random(seed) {}

    void step()
    {
        switch (below(20)) {
        case 0: case 1: case 2: case 3: case 4: case 5: click(); break;
        case 6: case 7: case 8: case 9: case 10: key(); break;
        case 11: wheel(); break;
        case 12: drag(); break;
        case 13: m_window.resize(1024 + below(900), 640 + below(500)); break;
        case 14: QApplication::setPalette(below(2) ? Theme::darkPalette() : Theme::lightPalette()); break;
        case 15: m_window.goTo(static_cast<PageId>(below(PageCount)), below(3) ? QString() : QStringLiteral("orders")); break;
        case 16: data(); break;
        case 17: contextMenu(); break;
        case 18: type(); break;
        default: QCoreApplication::processEvents(); break;
        }
        closeForeign();
    }

private:
    int below(int limit) { return static_cast<int>(m_random() % static_cast<unsigned>(limit)); }

    // Popup, dialog or window, whichever would get it.
    QWidget *target()
    {
        if (QWidget *const popup = QApplication::activePopupWidget())
            return popup;
        if (QWidget *const modal = QApplication::activeModalWidget())
            return modal;
        return &m_window;
    }

    QWidget *under(const QPoint &at, QWidget *top)
    {
        QWidget *const child = top->childAt(at);
        return child ? child : top;
    }

    QPoint anywhere(const QWidget *widget) { return {below(std::max(1, widget->width())), below(std::max(1, widget->height()))}; }

    void click()
    {
        QWidget *const top = target();
        const QPoint at = anywhere(top);
        QWidget *const widget = under(at, top);
        // The end of the program is tested elsewhere.
        if (widget->objectName() == QStringLiteral("quit"))
            return;
        const QPointer<QWidget> alive(widget);
        QTest::mouseClick(widget, below(8) ? Qt::LeftButton : Qt::RightButton, below(6) ? Qt::NoModifier : Qt::ControlModifier, widget->mapFrom(top, at));
        if (alive && below(10) == 0)
            QTest::mouseDClick(alive, Qt::LeftButton, {}, alive->rect().center());
    }

    void drag()
    {
        QWidget *const top = target();
        const QPoint at = anywhere(top);
        const QPointer<QWidget> widget(under(at, top));
        QTest::mousePress(widget, Qt::LeftButton, {}, widget->mapFrom(top, at));
        for (int i = 0; i < 3 && widget; ++i)
            QTest::mouseMove(widget, anywhere(widget));
        if (widget)
            QTest::mouseRelease(widget, Qt::LeftButton, {}, anywhere(widget));
    }

    void wheel()
    {
        QWidget *const top = target();
        const QPoint at = anywhere(top);
        QWidget *const widget = under(at, top);
        QWheelEvent event(QPointF(widget->mapFrom(top, at)), QPointF(top->mapToGlobal(at)), {}, {0, below(2) ? 120 : -120}, Qt::NoButton,
                          below(4) ? Qt::NoModifier : Qt::ControlModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(widget, &event);
    }

    void key()
    {
        static constexpr Qt::Key Keys[] = {Qt::Key_Tab, Qt::Key_Backtab, Qt::Key_Return, Qt::Key_Escape, Qt::Key_Space, Qt::Key_Up, Qt::Key_Down,
                                           Qt::Key_Left, Qt::Key_Right, Qt::Key_Home, Qt::Key_End, Qt::Key_PageUp, Qt::Key_PageDown, Qt::Key_Delete,
                                           Qt::Key_F5, Qt::Key_Menu, Qt::Key_F1};
        // Not Ctrl+Q: it would end the test.
        static constexpr Qt::Key WithControl[] = {Qt::Key_1, Qt::Key_2, Qt::Key_3, Qt::Key_4, Qt::Key_5, Qt::Key_6, Qt::Key_K, Qt::Key_F, Qt::Key_C,
                                                  Qt::Key_A, Qt::Key_Comma, Qt::Key_E};
        QWidget *widget = QApplication::focusWidget();
        if (QWidget *const popup = QApplication::activePopupWidget())
            widget = popup;
        if (!widget)
            widget = target();
        if (below(4) == 0)
            QTest::keyClick(widget, WithControl[below(static_cast<int>(std::size(WithControl)))], Qt::ControlModifier);
        else
            QTest::keyClick(widget, Keys[below(static_cast<int>(std::size(Keys)))], below(8) ? Qt::NoModifier : Qt::ShiftModifier);
    }

    void type()
    {
        QWidget *const widget = QApplication::focusWidget();
        static const QString Letters = QStringLiteral("or:7*?[a]-%\\\"'u9");
        if (widget && !QApplication::activePopupWidget())
            QTest::keyClicks(widget, Letters.mid(below(static_cast<int>(Letters.size())), 1 + below(4)));
    }

    void contextMenu()
    {
        QWidget *const top = target();
        const QPoint at = anywhere(top);
        QWidget *const widget = under(at, top);
        // The one widget of Qt's that does not return before its menu is closed.
        if (qobject_cast<QScrollBar *>(widget)) {
            QTimer::singleShot(0, widget, [] {
                if (QWidget *const popup = QApplication::activePopupWidget())
                    popup->close();
            });
        }
        QContextMenuEvent event(QContextMenuEvent::Mouse, widget->mapFrom(top, at), top->mapToGlobal(at));
        QCoreApplication::sendEvent(widget, &event);
    }

    void data()
    {
        auto &draft = m_session.draft();
        switch (below(6)) {
        case 0: m_session.hold(); break;
        case 1: m_session.release(); break;
        case 2: m_session.failNext({Infra::Error::Kind::Busy, QStringLiteral("The store is locked."), {}}); break;
        case 3: draft.source = SourceState::Lost; m_session.publish(); break;
        case 4: draft.caches.clear(); draft.services.clear(); m_session.publish(); break;
        default: m_session.advance(1 + below(20)); break;
        }
    }

    // What asks the operating system, or would wait for somebody.
    void closeForeign()
    {
        for (QWidget *const top : QApplication::topLevelWidgets()) {
            if (qobject_cast<QFileDialog *>(top) && top->isVisible())
                qobject_cast<QFileDialog *>(top)->reject();
        }
        if (!m_window.isVisible())
            m_window.show();
    }

    MainWindow &m_window;
    InfraTest::FakeSession &m_session;
    std::mt19937 m_random;
};

} // namespace

void RandomUseTest::anythingMayBeDoneWithTheWindow()
{
    const int steps = fromEnvironment("INFRA_RANDOM_STEPS", 600);
    const int seed = fromEnvironment("INFRA_RANDOM_SEED", 1);
    const QTemporaryDir home;
    Settings settings(std::make_unique<QSettings>(home.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat));
    InfraTest::FakeSession session;
    MainWindow window(settings);
    window.setSession(&session);
    window.show();
    window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    Operator user(window, session, static_cast<unsigned>(seed));
    for (int step = 0; step < steps && !QTest::currentTestFailed(); ++step) {
        user.step();
        if (step % 10 == 0)
            session.advance();
        if (step % 50 == 49)
            QCoreApplication::processEvents();
    }
    QCoreApplication::processEvents();
    QVERIFY(window.currentPage());
    window.setSession(nullptr);
}

int main(int argc, char **argv)
{
    // What a click may open is Qt's, drawn by Qt.
    QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
    QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    RandomUseTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_randomuse.moc"
