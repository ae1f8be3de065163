package io.epona.coordination;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.Caller;
import io.epona.engine.cluster.Caller.Answer;
import io.epona.engine.cluster.Caller.Change;
import io.epona.engine.EngineException;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

import static io.epona.engine.cluster.Caller.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Interrupted connections, lost answers, ended sessions and a restarted server, on a real ZooKeeper.
 */
class CuratorCoordinationFaultTest
{
    private static final int LONG_SESSION_MS = 60_000;
    private static final int SHORT_SESSION_MS = 1_000;

    @TempDir
    private Path dir;
    private ZooKeeperNode node;
    private TcpProxy proxy;
    private final List<Throwable> errors = new ArrayList<>();
    private final List<Caller> callers = new ArrayList<>();

    @BeforeEach
    void start()
    {
        node = new ZooKeeperNode(dir);
        proxy = new TcpProxy(node.port());
    }

    @AfterEach
    void stop()
    {
        callers.forEach((caller) -> caller.coordination().close());
        proxy.close();
        node.close();
    }

    private CuratorCoordination.Context context(final int port)
    {
        return new CuratorCoordination.Context()
            .connectString("127.0.0.1:" + port)
            .cluster("test")
            .sessionTimeoutMs(LONG_SESSION_MS)
            .connectionTimeoutMs(SHORT_SESSION_MS)
            .nanoClock(() -> 0)
            .errorHandler(errors::add);
    }

    private Caller launch(final CuratorCoordination.Context ctx)
    {
        final Caller caller = new Caller(CuratorCoordination.launch(ctx));
        callers.add(caller);

        return caller;
    }

    private Caller connect(final CuratorCoordination.Context ctx)
    {
        final Caller caller = launch(ctx);
        caller.awaitSession();

        return caller;
    }

    private static String connected(final long sessionId)
    {
        return "connected " + Long.toHexString(sessionId);
    }

    @Test
    void shouldKeepTheTreeBelowTheClustersName()
    {
        final Caller one = connect(context(node.port()));
        final Caller other = connect(context(node.port()).cluster("other"));
        one.change(Operation.create("/a", bytes("")));

        assertTrue(node.exists("/test/a"));
        assertFalse(node.exists("/a"));
        assertEquals(Status.NO_NODE, other.read("/a").status());
    }

    @Test
    void shouldLetOneOfTwoRivalsWin()
    {
        final Caller one = connect(context(node.port()));
        final Caller other = connect(context(node.port()));
        one.change(Operation.create("/a", bytes("")));

        final Answer<Change> first = one.begin(Operation.set("/a", bytes("one"), 0));
        final Answer<Change> second = other.begin(Operation.set("/a", bytes("other"), 0));
        Caller.await(() -> first.count() + second.count() == 2, one.coordination(), other.coordination());

        assertEquals(
            Set.of(Status.OK, Status.BAD_VERSION), Set.of(first.value().status(), second.value().status()));
        assertEquals(1, node.version("/test/a"));
    }

    @Test
    void shouldResolveAHiddenSuccessByIssuingTheSameAgain()
    {
        final Caller caller = connect(context(proxy.port()));
        final long sessionId = caller.awaitSession();
        caller.change(Operation.create("/a", bytes("")));
        proxy.dropAnswers();
        final Answer<Change> lost = caller.begin(Operation.set("/a", bytes("mine"), 0));
        caller.await(() -> 1 == node.version("/test/a"));
        proxy.cut();
        caller.await(() -> lost.count() > 0);
        assertEquals(new Change(Status.OUTCOME_UNKNOWN, -1, List.of()), lost.value());

        caller.await(() -> caller.heard("suspended"));
        proxy.heal();
        caller.await(() -> caller.events().lastIndexOf(connected(sessionId)) > caller.events().indexOf("suspended"));
        assertEquals(Status.BAD_VERSION, caller.change(Operation.set("/a", bytes("mine"), 0)).status());
        assertEquals(1, caller.read("/a").version());
        assertEquals("mine", caller.read("/a").value());
        assertFalse(caller.heard("expired"));
    }

    @Test
    void shouldResolveALostRequestByIssuingTheSameAgain()
    {
        final Caller caller = connect(context(proxy.port()));
        caller.change(Operation.create("/a", bytes("")));
        proxy.dropRequests();
        final long before = proxy.requestBytes();
        final byte[] value = new byte[10_000];
        final Answer<Change> lost = caller.begin(Operation.set("/a", value, 0));
        caller.await(() -> proxy.requestBytes() - before > value.length);
        proxy.cut();
        caller.await(() -> lost.count() > 0);
        assertEquals(Status.OUTCOME_UNKNOWN, lost.value().status());
        assertEquals(0, node.version("/test/a"));

        caller.await(() -> caller.heard("suspended"));
        proxy.heal();
        caller.await(() -> Status.OK == caller.read("/a").status());
        assertEquals(new Change(Status.OK, -1, List.of(1)), caller.change(Operation.set("/a", value, 0)));
    }

    @Test
    void shouldRefuseCallsWithoutAConnection()
    {
        final Caller caller = launch(context(proxy.port()));
        final Answer<Change> early = caller.begin(Operation.create("/a", bytes("")));
        assertEquals(0, early.count());
        caller.await(() -> early.count() > 0);
        assertEquals(Status.FAILED, early.value().status());

        final long sessionId = caller.awaitSession();
        proxy.cut();
        caller.await(() -> caller.heard("suspended"));
        assertEquals(sessionId, caller.coordination().sessionId());
        assertEquals(Status.FAILED, caller.change(Operation.create("/a", bytes(""))).status());
        assertEquals(Status.FAILED, caller.read("/a").status());
        assertEquals(Status.FAILED, caller.children("/a"));
        assertFalse(node.exists("/test/a"));
    }

    @Test
    void shouldHintAtTheWholeWatchAfterAnInterruption()
    {
        final Caller watching = connect(context(proxy.port()));
        final Caller changing = connect(context(node.port()));
        final List<String> hints = new ArrayList<>();
        watching.change(Operation.create("/w", bytes("")), Operation.create("/w/a", bytes("")));
        watching.coordination().watch("/w", hints::add);
        // The answer of a later call shows that the server has the watch.
        watching.read("/w");
        changing.change(Operation.set("/w/a", bytes("one"), 0));
        watching.await(() -> List.of("/w/a").equals(hints));

        proxy.cut();
        watching.await(() -> watching.heard("suspended"));
        changing.change(Operation.set("/w/a", bytes("two"), 1));
        proxy.heal();
        watching.await(() -> hints.contains("/w"));
        assertEquals("two", watching.read("/w/a").value());
        assertFalse(watching.heard("expired"));

        hints.clear();
        changing.change(Operation.set("/w/a", bytes("three"), 2));
        watching.await(() -> !hints.isEmpty());
        assertEquals(List.of("/w/a"), hints);
    }

    @Test
    void shouldKeepSessionNodesAndWatchesOverARestartOfTheServer()
    {
        final Caller caller = connect(context(node.port()));
        final long sessionId = caller.awaitSession();
        final List<String> hints = new ArrayList<>();
        caller.coordination().watch("/w", hints::add);
        caller.change(Operation.create("/w", bytes("")), Operation.createEphemeral("/e", bytes("")));
        caller.await(() -> !hints.isEmpty());

        node.stop();
        caller.await(() -> caller.heard("suspended"));
        node.start();
        caller.await(() -> caller.events().lastIndexOf(connected(sessionId)) > caller.events().indexOf("suspended"));
        assertEquals(sessionId, caller.read("/e").ephemeralOwner());

        caller.await(() -> hints.size() > 1);
        hints.clear();
        assertEquals(Status.OK, caller.change(Operation.set("/w", bytes("x"), 0)).status());
        caller.await(() -> !hints.isEmpty());
        assertEquals(List.of("/w"), hints);
    }

    @Test
    void shouldBeginANewSessionAfterTheServerEndedOne()
    {
        final Caller caller = connect(context(node.port()));
        final long former = caller.awaitSession();
        final List<String> hints = new ArrayList<>();
        caller.coordination().watch("/w", hints::add);
        caller.change(Operation.create("/w", bytes("")), Operation.createEphemeral("/e", bytes("")));
        caller.events().clear();

        node.expire(former);
        caller.await(() -> caller.heard("expired") && 0 != caller.coordination().sessionId());
        final long next = caller.coordination().sessionId();
        assertNotEquals(former, next);
        assertTrue(caller.events().indexOf("expired") < caller.events().indexOf(connected(next)));
        assertFalse(caller.heard(connected(former)));
        assertEquals(Status.NO_NODE, caller.read("/e").status());
        assertEquals(Status.OK, caller.change(Operation.createEphemeral("/e", bytes(""))).status());
        assertEquals(next, caller.read("/e").ephemeralOwner());

        caller.await(() -> hints.size() > 1);
        hints.clear();
        caller.change(Operation.create("/w/b", bytes("")));
        caller.await(() -> !hints.isEmpty());
        assertEquals(List.of("/w/b"), hints);
    }

    @Test
    void shouldEndASessionByItsOwnTimer()
    {
        final Caller caller = connect(context(proxy.port()).sessionTimeoutMs(SHORT_SESSION_MS));
        final long former = caller.awaitSession();
        caller.change(Operation.createEphemeral("/e", bytes("")));
        proxy.dropRequests();
        final Answer<Change> lost = caller.begin(Operation.create("/a", bytes("")));
        caller.await(() -> lost.count() > 0);
        proxy.cut();
        caller.await(() -> caller.heard("expired"));

        assertEquals(Status.OUTCOME_UNKNOWN, lost.value().status());
        assertTrue(caller.events().indexOf("change OUTCOME_UNKNOWN") < caller.events().indexOf("expired"));
        assertEquals(0, caller.coordination().sessionId());
        assertEquals(Status.SESSION_EXPIRED, caller.change(Operation.create("/b", bytes(""))).status());
        assertEquals(Status.SESSION_EXPIRED, caller.read("/e").status());

        proxy.heal();
        assertNotEquals(former, caller.awaitSession());
        caller.await(() -> Status.NO_NODE == caller.read("/e").status());
        assertEquals(Status.OK, caller.change(Operation.create("/a", bytes(""))).status());
    }

    @Test
    void shouldEndTheSessionOnCloseAndTakeNoCallAfterIt()
    {
        final Caller caller = connect(context(node.port()));
        caller.change(Operation.createEphemeral("/e", bytes("")));
        assertTrue(node.exists("/test/e"));
        caller.coordination().close();
        assertFalse(node.exists("/test/e"));

        final Answer<Change> late = caller.begin(Operation.create("/late", bytes("")));
        assertEquals(0, caller.coordination().poll());
        assertEquals(0, late.count());
        assertFalse(node.exists("/test/late"));
    }

    @Test
    void shouldBoundTheCallsThatWait()
    {
        final Caller caller = connect(context(proxy.port()).maxPendingCalls(2));
        proxy.dropRequests();
        final List<Answer<Change>> answers = new ArrayList<>();
        for (int i = 0; i < 4; i++)
        {
            answers.add(caller.begin(Operation.create("/a" + i, bytes(""))));
        }
        assertThrows(IllegalStateException.class, () -> caller.beginRead("/a"));

        proxy.cut();
        caller.await(() -> answers.get(3).count() > 0);
        assertEquals(
            List.of(Status.OUTCOME_UNKNOWN, Status.OUTCOME_UNKNOWN, Status.FAILED, Status.FAILED),
            answers.stream().map((answer) -> answer.value().status()).toList());
    }

    @Test
    void shouldRefuseAChangeThatNoServerTakes()
    {
        final Caller caller = connect(context(node.port()));
        assertEquals(Status.FAILED, caller.change(Operation.create("/a", new byte[1 << 20])).status());
        caller.await(() -> !errors.isEmpty());
        assertTrue(errors.get(0).getMessage().contains("jute.maxbuffer"), errors.get(0).getMessage());
        assertEquals(Status.OK, caller.change(Operation.create("/a", new byte[1_000_000])).status());
        assertFalse(caller.heard("suspended"));
    }

    @Test
    void shouldReportAnOutageOnce()
    {
        proxy.cut();
        final AtomicLong nowNs = new AtomicLong();
        final Caller caller = launch(context(proxy.port()).connectionTimeoutMs(500).nanoClock(nowNs::get));
        assertEquals(0, caller.coordination().poll());
        nowNs.set(499_999_999);
        assertEquals(0, caller.coordination().poll());
        nowNs.set(500_000_000);
        assertEquals(1, caller.coordination().poll());
        assertEquals(0, caller.coordination().poll());

        assertEquals(1, errors.size());
        final EngineException error = (EngineException)errors.get(0);
        assertEquals(ResultCode.NOT_CONNECTED, error.code());
        assertTrue(error.getMessage().contains("127.0.0.1:" + proxy.port()), error.getMessage());

        proxy.heal();
        assertNotEquals(0, caller.awaitSession());
    }
}
