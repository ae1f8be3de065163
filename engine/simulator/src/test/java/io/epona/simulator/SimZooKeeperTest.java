package io.epona.simulator;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.SessionListener;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SimZooKeeperTest
{
    private static final byte[] VALUE = {1};
    private static final long TIMEOUT_NS = ZkSettings.quick().sessionTimeoutNs();

    private final World world = new World(5);
    private final SimZooKeeper ensemble = new SimZooKeeper(world, ZkSettings.quick());

    /** A process: polls whenever there is news, unless it stands still. */
    private final class Process implements SessionListener
    {
        private final List<String> events = new ArrayList<>();
        private final SimCoordination coordination;
        private boolean isPaused;

        private Process(final String host)
        {
            coordination = ensemble.client(host, this::wake);
            coordination.sessionListener(this);
        }

        private void wake()
        {
            if (!isPaused)
            {
                world.after(1, "poll", () -> coordination().poll());
            }
        }

        private Coordination coordination()
        {
            return coordination;
        }

        private List<Status> change(final Operation... operations)
        {
            final List<Status> statuses = new ArrayList<>();
            coordination.multi(List.of(operations), (status, failedIndex, versions) -> statuses.add(status));

            return statuses;
        }

        private String read(final String path)
        {
            final String[] result = new String[1];
            coordination.read(path, (status, value, version, owner) -> result[0] = status + " v" + version);
            world.runUntil(world.nowNs() + World.MS);

            return result[0];
        }

        @Override
        public void onConnected(final long sessionId)
        {
            events.add("connected " + sessionId);
        }

        @Override
        public void onSuspended()
        {
            events.add("suspended");
        }

        @Override
        public void onExpired()
        {
            events.add("expired");
        }
    }

    private Process connected(final String host)
    {
        final Process process = new Process(host);
        world.runUntil(world.nowNs() + World.MS);
        assertNotEquals(0, process.coordination.sessionId());

        return process;
    }

    private void run(final long lengthNs)
    {
        world.runUntil(world.nowNs() + lengthNs);
    }

    @Test
    void shouldKeepEphemeralNodesOfAKilledProcessUntilTheSessionEnds()
    {
        final Process process = connected("1");
        process.change(Operation.createEphemeral("/e", VALUE));
        run(World.MS);
        assertNotNull(ensemble.node("/e"));

        process.coordination.kill();
        final Process next = connected("1");
        run(TIMEOUT_NS - World.SECOND);
        assertNotNull(ensemble.node("/e"));
        assertEquals("OK v0", next.read("/e"));
        run(2 * World.SECOND);
        assertNull(ensemble.node("/e"));
        assertEquals(1, ensemble.counters().expiries());
        assertEquals(1, next.events.size(), next.events::toString);
    }

    @Test
    void shouldRemoveEphemeralNodesWhenTheClientCloses()
    {
        final Process process = connected("1");
        process.change(Operation.createEphemeral("/e", VALUE));
        process.coordination.close();
        run(World.MS);
        assertNull(ensemble.node("/e"));
        assertEquals(2, ensemble.zxid());
    }

    @Test
    void shouldTellAClientThatStoodStillThatItsSessionIsOver()
    {
        final Process process = connected("1");
        final Process other = connected("2");
        process.change(Operation.createEphemeral("/e", VALUE));
        run(World.MS);

        process.isPaused = true;
        ensemble.pause("1", true);
        run(TIMEOUT_NS + World.SECOND);
        assertEquals("NO_NODE v-1", other.read("/e"));
        assertEquals(1, process.events.size(), "it does not know yet");
        assertNotEquals(0, process.coordination.sessionId());

        process.isPaused = false;
        ensemble.pause("1", false);
        process.wake();
        run(World.SECOND);
        assertEquals(List.of("connected 4096", "suspended", "expired", "connected 4098"), process.events);
    }

    @Test
    void shouldKeepASessionOverABrokenConnection()
    {
        final Process process = connected("1");
        process.change(Operation.createEphemeral("/e", VALUE));
        run(World.MS);
        ensemble.drop("1");
        run(World.SECOND);
        assertEquals(List.of("connected 4096", "suspended", "connected 4096"), process.events);
        assertNotNull(ensemble.node("/e"));
        assertEquals("OK v0", process.read("/e"));
    }

    @Test
    void shouldLeaveSessionsAloneInAnOutage()
    {
        final Process process = connected("1");
        ensemble.outage(2 * TIMEOUT_NS);
        run(World.SECOND);
        assertEquals(List.of(Status.FAILED), fate(process));
        run(2 * TIMEOUT_NS + World.SECOND);
        // The servers would have kept it, but the client gave it up by its own clock.
        assertEquals(List.of("connected 4096", "suspended", "expired", "connected 4097"), process.events);
        assertEquals(0, ensemble.counters().expiries());
        assertEquals(1, ensemble.counters().givenUp());
    }

    private List<Status> fate(final Process process)
    {
        final List<Status> statuses = process.change(Operation.create("/x", VALUE));
        run(World.MS);

        return statuses;
    }

    @Test
    void shouldLeaveTheOutcomeOpenWhereTheConnectionBreaks()
    {
        int applied = 0;
        int late = 0;
        int never = 0;
        for (int i = 0; i < 200; i++)
        {
            final String host = "h" + i;
            final String path = "/n" + i;
            final Process process = connected(host);
            final List<Status> first = process.change(Operation.create(path, VALUE));
            final List<Status> second = process.change(Operation.create(path + "x", VALUE));
            run(world.site("test", "moment").nextInt(3_000));
            final boolean isThere = null != ensemble.node(path);
            // The connection stays away, so that what is late has time to come.
            ensemble.drop(host);
            ensemble.cut(host, true);
            run(5);
            assertTrue(first.isEmpty() || List.of(Status.OUTCOME_UNKNOWN).equals(first) ||
                isThere && List.of(Status.OK).equals(first), first::toString);
            run(3 * World.SECOND);
            assertEquals(1, first.size());
            assertEquals(1, second.size());
            final boolean isThereAtLast = null != ensemble.node(path);
            assertTrue(isThereAtLast || null == ensemble.node(path + "x"), "the second needs the first");
            if (Status.OUTCOME_UNKNOWN == first.get(0))
            {
                applied += isThere ? 1 : 0;
                late += !isThere && isThereAtLast ? 1 : 0;
                never += isThereAtLast ? 0 : 1;
            }
            process.coordination.kill();
        }
        assertTrue(applied > 10 && late > 10 && never > 10, applied + " " + late + " " + never);
        assertTrue(ensemble.counters().appliedLate() >= late);
    }

    @Test
    void shouldApplyNothingOfAConnectionThatTheSessionHasLeft()
    {
        int applied = 0;
        for (int i = 0; i < 100; i++)
        {
            final String host = "h" + i;
            final Process process = connected(host);
            process.change(Operation.create("/n" + i, VALUE));
            ensemble.drop(host);
            // The client comes back as soon as it can.
            while (0 == process.events.stream().skip(1).filter((event) -> event.startsWith("connected")).count())
            {
                world.step();
            }
            final boolean isThere = null != ensemble.node("/n" + i);
            run(5 * World.SECOND);
            assertEquals(isThere, null != ensemble.node("/n" + i));
            applied += isThere ? 1 : 0;
        }
        assertTrue(applied > 0 && applied < 100, "applied " + applied);
    }

    @Test
    void shouldServeALateCallOfASessionThatTheClientGaveUp()
    {
        // The hazard: the client writes in a new session while a call of the former one is still to come.
        int late = 0;
        for (int i = 0; i < 300; i++)
        {
            final ZkSettings slow = new ZkSettings(1_000, 1_000, 1_000, 1_000, 0, 6 * World.SECOND, TIMEOUT_NS);
            final World hazard = new World(i);
            final SimZooKeeper servers = new SimZooKeeper(hazard, slow);
            final SimCoordination client = servers.client("1", () -> {});
            hazard.runUntil(World.MS);
            client.poll();
            client.multi(List.of(Operation.create("/n", VALUE)), (status, failedIndex, versions) -> {});
            servers.outage(TIMEOUT_NS + 300 * World.MS);
            hazard.runUntil(TIMEOUT_NS + 600 * World.MS);
            client.poll();
            final boolean isNew = client.sessionId() == 0x1001;
            final boolean isThere = null != servers.node("/n");
            hazard.runUntil(4 * TIMEOUT_NS);
            late += isNew && !isThere && null != servers.node("/n") ? 1 : 0;
        }
        assertTrue(late > 3, "late " + late);
    }

    @Test
    void shouldNeverShowASessionAnOlderTree()
    {
        final ZkSettings laggy = new ZkSettings(
            World.MS, World.MS, 50 * World.MS, 500 * World.MS, 0.5, World.MS, TIMEOUT_NS);
        final World slow = new World(9);
        final SimZooKeeper servers = new SimZooKeeper(slow, laggy);
        final SimCoordination writer = servers.client("w", () -> {});
        final SimCoordination reader = servers.client("r", () -> {});
        final List<String> seen = new ArrayList<>();
        slow.runUntil(2 * World.SECOND);
        writer.poll();
        reader.poll();
        reader.watch("/n", (path) -> seen.add("hint"));
        writer.create("/n", VALUE, (status, failedIndex, versions) -> {});
        final int[] last = {-1};
        final int[] hints = {0};
        int behind = 0;
        for (int i = 0; i < 500; i++)
        {
            writer.set("/n", VALUE, Coordination.ANY_VERSION, (status, failedIndex, versions) -> {});
            reader.read("/n", (status, value, version, owner) ->
            {
                if (Status.OK != status)
                {
                    return;
                }
                assertTrue(version >= last[0], () -> "version " + version + " after " + last[0]);
                if (version > last[0])
                {
                    assertTrue(seen.size() > hints[0], "hinted before");
                }
                hints[0] = seen.size();
                last[0] = version;
            });
            slow.runUntil(slow.nowNs() + 20 * World.MS);
            writer.poll();
            reader.poll();
            behind += last[0] < servers.node("/n").version() ? 1 : 0;
            if (i % 50 == 49)
            {
                servers.drop("r");
            }
        }
        assertTrue(behind > 50, "behind " + behind);
        assertTrue(last[0] > 200, "last " + last[0]);
        slow.runUntil(slow.nowNs() + 20 * World.SECOND);
        reader.poll();
        final int[] now = new int[1];
        reader.read("/n", (status, value, version, owner) -> now[0] = version);
        slow.runUntil(slow.nowNs() + 20 * World.SECOND);
        reader.poll();
        assertEquals(servers.node("/n").version(), now[0]);
    }

    @Test
    void shouldHoldBackWhatACutDelaysAndDeliverItWhenItHeals()
    {
        final Process process = connected("1");
        final List<Status> statuses = process.change(Operation.create("/a", VALUE));
        ensemble.cut("1", true);
        run(100 * World.MS);
        assertNull(ensemble.node("/a"));
        ensemble.cut("1", false);
        run(World.MS);
        assertEquals(List.of(Status.OK), statuses);
        assertEquals(1, process.events.size());

        ensemble.cut("1", true);
        run(TIMEOUT_NS * 3 / 4);
        assertEquals(List.of("connected 4096", "suspended"), process.events);
        assertEquals(List.of(Status.FAILED), fate(process));
        ensemble.cut("1", false);
        run(World.SECOND);
        assertEquals(List.of("connected 4096", "suspended", "connected 4096"), process.events);
    }

    @Test
    void shouldTellObserversOfEveryWrite()
    {
        final List<String> writes = new ArrayList<>();
        ensemble.observer((zxid, host, session, operations, status) ->
            writes.add(zxid + " " + host + " " + operations.size() + " " + status));
        final Process process = connected("1");
        process.change(Operation.create("/a", VALUE));
        process.change(Operation.create("/a", VALUE), Operation.create("/b", VALUE));
        process.change(Operation.check("/a", 0));
        run(World.MS);
        assertEquals(List.of("1 1 1 OK", "2 1 2 NODE_EXISTS", "3 1 1 OK"), writes);
        assertEquals(List.of("a"), ensemble.children(""));
        assertFalse(ensemble.counters().writes() < 3);
    }

    @Test
    void shouldLoseTheAnswerOfOneChange()
    {
        int number = 0;
        for (final SimZooKeeper.Loss loss : SimZooKeeper.Loss.values())
        {
            final String host = loss.name();
            final String path = "/l" + number++;
            final Process process = connected(host);
            ensemble.loseNextChange(host, "", loss);
            final List<Status> statuses = process.change(Operation.create(path, VALUE));
            run(5 * World.MS);
            assertEquals(List.of(Status.OUTCOME_UNKNOWN), statuses);
            // What is late has to come before the client does.
            ensemble.cut(host, true);
            run(World.MS);
            assertTrue(SimZooKeeper.Loss.APPLIED != loss || null != ensemble.node(path), loss::name);
            run(3 * World.SECOND);
            assertEquals(SimZooKeeper.Loss.NOT_APPLIED != loss, null != ensemble.node(path), loss::name);
            ensemble.cut(host, false);
            process.coordination.kill();
        }
    }

    @Test
    void shouldEndASessionOnTheServersAtOnce()
    {
        final Process process = connected("1");
        process.change(Operation.createEphemeral("/e", VALUE));
        run(World.MS);
        ensemble.expire("1");
        assertNull(ensemble.node("/e"));
        run(World.SECOND);
        assertEquals(List.of("connected 4096", "suspended", "expired", "connected 4097"), process.events);
    }
}
