package io.epona.coordination;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import io.epona.engine.cluster.Caller;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static io.epona.engine.cluster.Caller.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Path and credentials in the connect string, on a real ZooKeeper.
 */
class CuratorCoordinationAccessTest
{
    @TempDir
    private Path dir;
    private ZooKeeperNode node;
    private final List<Throwable> errors = new ArrayList<>();
    private final List<Caller> callers = new ArrayList<>();

    @BeforeEach
    void start()
    {
        node = new ZooKeeperNode(dir);
    }

    @AfterEach
    void stop()
    {
        callers.forEach((caller) -> caller.coordination().close());
        node.close();
    }

    private Caller connect(final String credentials, final String path)
    {
        final Caller caller = new Caller(CuratorCoordination.launch(new CuratorCoordination.Context()
            .connectString(credentials + "127.0.0.1:" + node.port() + path)
            .cluster("test")
            .errorHandler(errors::add)));
        callers.add(caller);
        caller.awaitSession();

        return caller;
    }

    @Test
    void shouldKeepTheTreeBelowThePath()
    {
        final Caller below = connect("", "/some/path");
        final List<String> hints = new ArrayList<>();
        below.coordination().watch("/a", hints::add);
        assertEquals(Status.OK, below.change(Operation.create("/a", bytes(""))).status());
        assertTrue(node.exists("/some/path/test/a"));
        below.await(() -> hints.contains("/a"));

        assertEquals(Status.NO_NODE, connect("", "").read("/a").status());
        assertEquals(Status.OK, connect("", "/some/path").read("/a").status());
        assertEquals(List.of(), errors);
    }

    @Test
    void shouldMakeNothingWhereItDoesNotFound()
    {
        final Caller caller = new Caller(CuratorCoordination.launch(new CuratorCoordination.Context()
            .connectString("127.0.0.1:" + node.port() + "/path")
            .cluster("test")
            .founding(false)
            .errorHandler(errors::add)));
        callers.add(caller);
        caller.awaitSession();
        assertEquals(Status.NO_NODE, caller.read("/a").status());
        assertFalse(node.exists("/path"));
        assertEquals(List.of(), errors);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "user:wrong@", "other:secret@"})
    void shouldRefuseWhoHasOtherCredentialsAndSaySoOnce(final String credentials)
    {
        final Caller owner = connect("user:secret@", "/path");
        owner.change(Operation.create("/a", bytes("mine")));

        final Caller other = connect(credentials, "/path");
        assertEquals(Status.FAILED, other.read("/a").status());
        assertEquals(Status.FAILED, other.change(Operation.set("/a", bytes("theirs"), 0)).status());
        assertEquals(Status.FAILED, other.change(Operation.create("/b", bytes(""))).status());
        assertEquals("mine", owner.read("/a").value());
        assertFalse(node.exists("/path/test/b"));
        other.await(() -> !errors.isEmpty());
        assertEquals(1, errors.size());
        final EngineException error = (EngineException)errors.get(0);
        assertEquals(ResultCode.NOT_AUTHORIZED, error.code());
        assertTrue(error.getMessage().contains("credentials in epona.zookeeper.connect"), error.getMessage());

        // The path itself is open: another cluster may stand beside.
        assertTrue(connect(credentials, "/path/beside").read("/a").status() == Status.NO_NODE);
        assertEquals("mine", connect("user:secret@", "/path").read("/a").value());
    }

    @Test
    void shouldKeepCredentialsOverAnotherConnection()
    {
        final Caller caller = connect("user:secret@", "");
        caller.change(Operation.create("/a", bytes("mine")));
        node.stop();
        caller.await(() -> caller.heard("suspended"));
        node.start();
        caller.await(() -> Status.OK == caller.read("/a").status());
        assertEquals(Status.OK, caller.change(Operation.set("/a", bytes("still mine"), 0)).status());
        assertEquals(List.of(), errors);
    }

    @Test
    void shouldUseANodeThatItMayNotCreate()
    {
        node.protect("/test", "user:secret");
        final Caller caller = connect("user:secret@", "");
        assertEquals(Status.OK, caller.change(Operation.create("/a", bytes("mine"))).status());
        assertEquals(List.of(), errors);

        final Caller stranger = connect("user:wrong@", "/not/allowed");
        stranger.await(() -> !errors.isEmpty());
        assertEquals(ResultCode.NOT_AUTHORIZED, ((EngineException)errors.get(0)).code());
        assertTrue(errors.get(0).getMessage().contains("create /not/allowed/test"), errors.get(0).getMessage());
    }
}
