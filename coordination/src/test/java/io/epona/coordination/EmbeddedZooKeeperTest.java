package io.epona.coordination;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import io.epona.engine.cluster.Caller;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

import static io.epona.engine.cluster.Caller.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EmbeddedZooKeeperTest
{
    private static final String HOST = "127.0.0.1";

    @TempDir
    private Path dir;

    private static Caller connect(final EmbeddedZooKeeper zooKeeper)
    {
        final Caller caller = new Caller(CuratorCoordination.launch(new CuratorCoordination.Context()
            .connectString(zooKeeper.connectString())
            .cluster("test")));
        caller.awaitSession();

        return caller;
    }

    @Test
    void shouldKeepItsDataOverARestart()
    {
        final Path data = dir.resolve("a/b");
        try (EmbeddedZooKeeper zooKeeper = EmbeddedZooKeeper.launch(data, HOST, 0))
        {
            assertTrue(zooKeeper.isRunning());
            final Caller caller = connect(zooKeeper);
            assertEquals(Status.OK, caller.change(Operation.create("/a", bytes("kept"))).status());
            caller.coordination().close();
        }
        try (EmbeddedZooKeeper zooKeeper = EmbeddedZooKeeper.launch(data, HOST, 0))
        {
            final Caller caller = connect(zooKeeper);
            assertEquals("kept", caller.read("/a").value());
            final long sessionId = caller.coordination().sessionId();
            zooKeeper.expire(sessionId);
            caller.await(() -> caller.heard("expired"));
            caller.coordination().close();
        }
    }

    @Test
    void shouldNotServeAfterClose()
    {
        final EmbeddedZooKeeper zooKeeper = EmbeddedZooKeeper.launch(dir, HOST, 0);
        zooKeeper.close();
        zooKeeper.close();
        assertFalse(zooKeeper.isRunning());
    }

    @Test
    void shouldNameAPortThatIsTaken()
    {
        try (EmbeddedZooKeeper zooKeeper = EmbeddedZooKeeper.launch(dir.resolve("one"), HOST, 0))
        {
            final EngineException ex = assertThrows(
                EngineException.class, () -> EmbeddedZooKeeper.launch(dir.resolve("two"), HOST, zooKeeper.port()));
            assertEquals(ResultCode.NOT_CONNECTED, ex.code());
            assertTrue(ex.getMessage().contains(zooKeeper.connectString()), ex.getMessage());
        }
        // What failed left nothing locked.
        EmbeddedZooKeeper.launch(dir.resolve("two"), HOST, 0).close();
    }

    @Test
    void shouldRefuseADirectoryThatIsInUse() throws Exception
    {
        try (EmbeddedZooKeeper zooKeeper = EmbeddedZooKeeper.launch(dir, HOST, 0))
        {
            final EngineException ex = assertThrows(
                EngineException.class, () -> EmbeddedZooKeeper.launch(dir, HOST, 0));
            assertTrue(ex.getMessage().contains(dir + " is in use"), ex.getMessage());
            assertTrue(zooKeeper.isRunning());
        }
        final Path file = Files.createFile(dir.resolve("file"));
        final EngineException ex = assertThrows(
            EngineException.class, () -> EmbeddedZooKeeper.launch(file, HOST, 0));
        assertTrue(ex.getMessage().contains("name another directory"), ex.getMessage());
    }
}
