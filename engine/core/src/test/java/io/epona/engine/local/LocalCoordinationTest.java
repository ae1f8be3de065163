package io.epona.engine.local;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import io.epona.engine.FaultyStorage;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LocalCoordinationTest
{
    private static final byte[] A = {1};
    private static final byte[] B = {2, 2};

    @TempDir
    private Path directory;
    private Path file;
    private final FaultyStorage storage = new FaultyStorage();
    private final List<Throwable> errors = new ArrayList<>();
    private LocalCoordination coordination;
    private Status status;
    private int failedIndex;
    private int[] versions;

    @BeforeEach
    void open()
    {
        file = directory.resolve(LocalCoordination.FILE_NAME);
        coordination = LocalCoordination.open(storage, file, errors::add);
    }

    private Status multi(final Operation... operations)
    {
        status = null;
        coordination.multi(
            List.of(operations),
            (outcome, index, after) ->
            {
                status = outcome;
                failedIndex = index;
                versions = after;
            });
        assertNull(status, "completions come from poll alone");
        coordination.poll();

        return status;
    }

    private String read(final String path)
    {
        final String[] read = new String[1];
        coordination.read(
            path,
            (outcome, value, version, owner) -> read[0] = Status.OK == outcome ?
            Arrays.toString(value) + " v" + version + (0 == owner ? "" : " e") : outcome.name());
        coordination.poll();

        return read[0];
    }

    private List<String> children(final String path)
    {
        final List<String> names = new ArrayList<>();
        coordination.children(path, (outcome, children) -> names.addAll(children));
        coordination.poll();

        return names;
    }

    private void reopen()
    {
        coordination.close();
        coordination = LocalCoordination.open(storage, file, errors::add);
    }

    @Test
    void shouldCreateReadSetAndDelete()
    {
        assertEquals("NO_NODE", read("/a"));
        assertEquals(Status.OK, multi(Operation.create("/a", A)));
        assertArrayEquals(new int[] {0}, versions);
        assertEquals("[1] v0", read("/a"));
        assertEquals(Status.NODE_EXISTS, multi(Operation.create("/a", A)));
        assertEquals(Status.OK, multi(Operation.set("/a", B, 0)));
        assertArrayEquals(new int[] {1}, versions);
        assertEquals("[2, 2] v1", read("/a"));
        assertEquals(Status.BAD_VERSION, multi(Operation.set("/a", A, 0)));
        assertEquals(Status.OK, multi(Operation.set("/a", A, Coordination.ANY_VERSION)));
        assertEquals(Status.BAD_VERSION, multi(Operation.delete("/a", 1)));
        assertEquals(Status.OK, multi(Operation.delete("/a", 2)));
        assertEquals("NO_NODE", read("/a"));
        assertEquals(Status.NO_NODE, multi(Operation.delete("/a", Coordination.ANY_VERSION)));
        assertEquals(Status.NO_NODE, multi(Operation.set("/a", A, Coordination.ANY_VERSION)));
        assertTrue(errors.isEmpty());
    }

    @Test
    void shouldKeepTheTreesShape()
    {
        assertEquals(Status.NO_NODE, multi(Operation.create("/a/b", A)));
        assertEquals(
            Status.OK,
            multi(
                Operation.create("/a", A), Operation.create("/a/z", A), Operation.create("/a/b", A),
                Operation.create("/a/b/c", A), Operation.create("/a.b", A), Operation.create("/a-b", A)));
        assertEquals(List.of("b", "z"), children("/a"));
        assertEquals(List.of("c"), children("/a/b"));
        assertEquals(List.of(), children("/nowhere"));
        assertEquals(Status.NOT_EMPTY, multi(Operation.delete("/a/b", Coordination.ANY_VERSION)));
        assertThrows(IllegalArgumentException.class, () -> Operation.create("a", A));
        assertThrows(IllegalArgumentException.class, () -> Operation.create("/a/", A));
        assertThrows(IllegalArgumentException.class, () -> Operation.create("/a//b", A));
        assertThrows(IllegalArgumentException.class, () -> Operation.create("/a b", A));
    }

    @Test
    void shouldMakeAllChangesOfAMultiOrNone()
    {
        multi(Operation.create("/a", A), Operation.create("/b", A));
        assertEquals(
            Status.BAD_VERSION,
            multi(
                Operation.set("/a", B, 0), Operation.create("/c", A), Operation.delete("/b", 0),
                Operation.check("/a", 0)));
        assertEquals(3, failedIndex);
        assertEquals("[1] v0", read("/a"));
        assertEquals("[1] v0", read("/b"));
        assertEquals("NO_NODE", read("/c"));
        assertEquals(
            Status.OK,
            multi(Operation.set("/a", B, 0), Operation.check("/a", 1), Operation.delete("/b", 0)));
        assertArrayEquals(new int[] {1, 1, -1}, versions);
    }

    @Test
    void shouldKeepPersistentNodesOverARestartAndForgetEphemeralOnes()
    {
        multi(Operation.create("/a", A), Operation.createEphemeral("/e", B));
        multi(Operation.set("/a", B, 0));
        assertEquals("[2, 2] v0 e", read("/e"));
        assertEquals(Status.NO_NODE, multi(Operation.create("/e/child", A)));
        final long session = coordination.sessionId();
        reopen();
        assertEquals("[2, 2] v1", read("/a"));
        assertEquals("NO_NODE", read("/e"));
        assertNotEquals(session, coordination.sessionId());
    }

    @Test
    void shouldWriteTheFileOnceForTheChangesOfOnePollAndNotForReads()
    {
        for (int i = 0; i < 5; i++)
        {
            coordination.create("/n" + i, A, (outcome, index, after) -> status = outcome);
        }
        coordination.poll();
        read("/n1");
        multi(Operation.check("/n1", 0));
        multi(Operation.createEphemeral("/e", A));
        assertEquals(1, storage.operations().size(), storage.operations()::toString);
    }

    @Test
    void shouldTakeBackWhatCouldNotBeWritten()
    {
        multi(Operation.create("/a", A));
        storage.failWhen((operation) -> true);
        assertEquals(Status.FAILED, multi(Operation.set("/a", B, 0)));
        assertEquals("[1] v0", read("/a"));
        assertEquals(1, errors.size());
        storage.heal();
        assertEquals(Status.OK, multi(Operation.set("/a", B, 0)));
        reopen();
        assertEquals("[2, 2] v1", read("/a"));
    }

    @Test
    void shouldChangeNothingMoreWhenItIsNotKnownWhichFileStands()
    {
        multi(Operation.create("/a", A));
        storage.failWhen((operation) -> true);
        storage.replaceThenFail();
        assertEquals(Status.OUTCOME_UNKNOWN, multi(Operation.set("/a", B, 0)));
        storage.heal();
        assertEquals(Status.FAILED, multi(Operation.set("/a", B, 0)));
        reopen();
        assertEquals("[2, 2] v1", read("/a"));
        assertEquals(Status.OK, multi(Operation.set("/a", A, 1)));
    }

    @Test
    void shouldRefuseADamagedFileWhereverTheDamageIs() throws IOException
    {
        multi(Operation.create("/a", A), Operation.create("/a/b", B));
        final byte[] good = Files.readAllBytes(file);
        for (int i = 0; i < good.length; i++)
        {
            final byte[] bad = good.clone();
            bad[i] ^= 0x10;
            Files.write(file, bad);
            assertRefused();
            Files.write(file, Arrays.copyOf(good, i));
            assertRefused();
        }
        Files.write(file, Arrays.copyOf(good, good.length + 1));
        assertRefused();
        Files.write(file, good);
        reopen();
        assertEquals("[2, 2] v0", read("/a/b"));
    }

    private void assertRefused()
    {
        final EngineException refusal = assertThrows(
            EngineException.class, () -> LocalCoordination.open(storage, file, errors::add));
        assertEquals(ResultCode.DATA_LOSS, refusal.code());
        assertTrue(refusal.getMessage().contains(file.toString()), refusal.getMessage());
    }

    @Test
    void shouldTellWatchesWhatChangedBelowThem()
    {
        final List<String> seen = new ArrayList<>();
        multi(Operation.create("/a", A), Operation.create("/ab", A));
        coordination.watch("/a", seen::add);
        multi(Operation.create("/a/b", A), Operation.set("/a", B, 0), Operation.set("/ab", B, 0));
        multi(Operation.delete("/a/b", 0));
        multi(Operation.set("/a", B, 17));
        assertEquals(List.of("/a/b", "/a", "/a/b"), seen);
    }

    @Test
    void shouldServeNoCallAfterClose()
    {
        final List<String> served = new ArrayList<>();
        coordination.create("/kept", A, (outcome, index, after) -> status = outcome);
        coordination.poll();
        assertEquals(Status.OK, status);
        coordination.close();

        coordination.watch("/", served::add);
        coordination.sessionListener(new Coordination.SessionListener()
        {
            @Override
            public void onConnected(final long sessionId)
            {
                served.add("connected");
            }

            @Override
            public void onSuspended()
            {
                served.add("suspended");
            }

            @Override
            public void onExpired()
            {
                served.add("expired");
            }
        });
        coordination.read("/kept", (outcome, value, version, owner) -> served.add("read " + outcome));
        coordination.children("/", (outcome, children) -> served.add("children " + outcome));
        coordination.create("/late", A, (outcome, index, after) -> served.add("create " + outcome));
        assertEquals(0, coordination.poll());
        assertEquals(List.of(), served);

        coordination = LocalCoordination.open(storage, file, errors::add);
        assertEquals("[1] v0", read("/kept"));
        assertEquals("NO_NODE", read("/late"));
    }

    @Test
    void shouldTellOfItsSessionAndStopAtClose()
    {
        final List<Long> sessions = new ArrayList<>();
        coordination.sessionListener(new Coordination.SessionListener()
        {
            @Override
            public void onConnected(final long sessionId)
            {
                sessions.add(sessionId);
            }

            @Override
            public void onSuspended()
            {
                sessions.add(-1L);
            }

            @Override
            public void onExpired()
            {
                sessions.add(-2L);
            }
        });
        coordination.poll();
        assertEquals(List.of(coordination.sessionId()), sessions);
        coordination.create("/late", A, (outcome, index, after) -> status = outcome);
        coordination.close();
        coordination.close();
        assertEquals(0, coordination.poll());
        assertNull(status);
        assertFalse(Files.exists(file));
    }
}
