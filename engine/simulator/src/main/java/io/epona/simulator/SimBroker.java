package io.epona.simulator;

import io.epona.engine.cluster.Uuid;
import io.epona.engine.node.ClusterNode;
import io.epona.engine.node.NodeContext;
import io.epona.engine.node.NodePhase;
import org.agrona.DirectBuffer;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A broker's host, and the processes that live on it one after the other: each a {@link ClusterNode} with its ports. It
 * drives their two duty cycles, and does to them what a simulated world does to processes. It decides nothing that a
 * broker decides.
 * <p>
 * Cycles come when there is something to receive, and else every few milliseconds. Each log is looked after at times of
 * its own, so that long work on one ends late and in any order.
 * <p>
 * Owned by the thread of its world.
 */
public final class SimBroker implements SimNetwork.Receiver
{
    private static final Path DATA_DIR = Path.of("/data");
    private static final long WAKE_NS = 50_000;
    private static final long BUSY_NS = 200_000;
    private static final long IDLE_NS = 9 * World.MS;
    private static final long HOUSEKEEP_NS = 10 * World.MS;
    private static final long KILL_PATIENCE_NS = 300 * World.MS;
    private static final int ROOM_OF_A_FULL_DISK = 2048;
    private static final long CLIENT_LIVENESS_NS = 10 * World.SECOND;

    private final SimCluster cluster;
    private final World world;
    private final int id;
    private final String host;
    private final BrokerListener listener;
    private final SimDisk disk;
    private final SimClock clock;
    private final Site site;
    private final Site pace;
    private Uuid bootId;
    private SimProcess life;
    private Event nextCycle;
    private int starts;
    private long stalledUntilNs;
    private boolean isReading;

    SimBroker(final SimCluster cluster, final int id, final BrokerListener listener)
    {
        this.cluster = cluster;
        this.world = cluster.world();
        this.id = id;
        this.host = Integer.toString(id);
        this.listener = listener;
        this.disk = new SimDisk(world, host);
        this.site = world.site("broker", host);
        this.pace = world.site("broker", host + ".pace");
        final long skewNs = site.between(-2_000, 2_000) * World.MS;
        this.clock = new SimClock(world, skewNs, 1.0 + site.between(-300, 300) * 1e-6);
        this.bootId = newUuid();
    }

    private Uuid newUuid()
    {
        return new Uuid(site.nextLong(), site.nextLong());
    }

    /**
     * @return id of the broker.
     */
    public int id()
    {
        return id;
    }

    /**
     * @return what the process runs, or null where there is none.
     */
    public ClusterNode node()
    {
        return null == life ? null : life.node;
    }

    /**
     * @return the files of the process, which must run.
     */
    SimStorage storage()
    {
        return life.storage;
    }

    /**
     * @return the disk of the host.
     */
    public SimDisk disk()
    {
        return disk;
    }

    /**
     * @return the clock of the host.
     */
    public SimClock clock()
    {
        return clock;
    }

    /**
     * @return how many processes began here.
     */
    public int starts()
    {
        return starts;
    }

    /**
     * @return whether a process runs and does not stand still.
     */
    public boolean isResponsive()
    {
        return null != life && !life.isPaused;
    }

    /**
     * Begin a process. Nothing where one is.
     */
    public void start()
    {
        if (null != life)
        {
            return;
        }
        final SimProcess started = new SimProcess(++starts);
        life = started;
        world.trace().add("broker.start", id, starts, 0);
        started.storage = disk.open();
        started.coordination = cluster.ensemble().client(host, () -> wake(started));
        started.links = cluster.network().attach(id, () -> wake(started));
        within("broker.begin", () ->
        {
            started.storage.createDirectories(DATA_DIR);
            started.node = new ClusterNode(cluster.configure(new NodeContext()
                .brokerId(id)
                .dataDir(DATA_DIR)
                .storage(started.storage)
                .clock(clock)
                .coordination(started.coordination)
                .links(started.links)
                .bootId(bootId)
                .uuids(this::newUuid)
                .errorHandler((error) -> onError(started, error))
                .appendListener((topicId, partition, correlationId, code, leaderEpoch, baseOffset) ->
                    onAppendDecided(started, topicId, partition, correlationId, code, leaderEpoch, baseOffset))));
            listener.onStarted(id, started.node);
        });
        scheduleCycle(started, 0);
        scheduleHousekeeping(started);
    }

    private void onError(final SimProcess of, final Throwable error)
    {
        if (of == life && !of.isMuted)
        {
            if (world.trace().isRead())
            {
                world.trace().note("  broker " + id + " reports " + error);
            }
            listener.onError(id, error);
        }
    }

    private void onAppendDecided(
        final SimProcess of,
        final long topicId,
        final int partition,
        final long correlationId,
        final int code,
        final int leaderEpoch,
        final long baseOffset)
    {
        if (of == life && !of.isMuted)
        {
            world.trace().add("broker.decided", id, correlationId, code);
            listener.onAppendDecided(id, topicId, partition, correlationId, code, leaderEpoch, baseOffset);
        }
    }

    /**
     * Do something in the process, which may end by it.
     *
     * @param what   it is: a constant.
     * @param action to do; not done where no process runs, or it stands still.
     * @return whether it was done and the process lived through it.
     */
    public boolean run(final String what, final Runnable action)
    {
        if (!isResponsive() || !within(what, action::run))
        {
            return false;
        }
        wake(life);

        return true;
    }

    /**
     * Look at something in the process, which changes nothing that its replicas are: nobody has to look at them after.
     *
     * @param what   it is: a constant.
     * @param action to do; not done where no process runs, or it stands still.
     */
    public void read(final String what, final Runnable action)
    {
        if (isResponsive())
        {
            isReading = true;
            within(what, action::run);
            isReading = false;
        }
    }

    /** What can throw as a process does. */
    @FunctionalInterface
    private interface Action
    {
        void run() throws IOException;
    }

    private boolean within(final String what, final Action action)
    {
        final SimProcess at = life;
        at.isRunning = true;
        try
        {
            action.run();
        }
        catch (final ProcessKilled killed)
        {
            world.trace().add("broker.killed", id, at.number, what.hashCode());
            end(false);
            return false;
        }
        catch (final InvariantViolation violation)
        {
            throw violation;
        }
        catch (final IOException | RuntimeException | Error error)
        {
            world.trace().add("broker.crash", id, at.number, what.hashCode());
            if (world.trace().isRead())
            {
                world.trace().note("  broker " + id + " threw " + error);
            }
            listener.onCrash(id, error);
            end(false);
            return false;
        }
        finally
        {
            at.isRunning = false;
        }
        if (at != life)
        {
            return false;
        }
        if (null != at.node && !at.isMuted && !isReading)
        {
            // Also of a cycle in which it halts: what it committed before it did is committed.
            listener.onCycle(id, at.node);
        }
        if (null != at.node && NodePhase.FAILED == at.node.phase())
        {
            world.trace().add("broker.failed", id, at.number, 0);
            end(false);
            return false;
        }
        if (null != at.node && NodePhase.STOPPED == at.node.phase())
        {
            world.trace().add("broker.stopped", id, at.number, 0);
            end(true);
            return false;
        }

        return true;
    }

    // Duty cycles

    private void wake(final SimProcess of)
    {
        if (of == life && !of.isPaused && !of.isRunning)
        {
            final long atNs = world.nowNs() + WAKE_NS;
            if (null == nextCycle || !nextCycle.isPending() || nextCycle.timeNs() > atNs)
            {
                scheduleCycle(of, WAKE_NS + pace.nextInt((int)WAKE_NS));
            }
        }
    }

    private void scheduleCycle(final SimProcess of, final long delayNs)
    {
        if (null != nextCycle)
        {
            nextCycle.cancel();
        }
        nextCycle = world.after(delayNs, "broker.cycle", () ->
        {
            if (of == life && !of.isPaused)
            {
                cycle(of);
            }
        });
    }

    private void cycle(final SimProcess of)
    {
        final int[] work = new int[1];
        if (within("broker.cycle", () -> work[0] = of.work(this, clock.nowNs())))
        {
            scheduleCycle(of, 0 == work[0] ? IDLE_NS + pace.nextInt((int)World.MS) : BUSY_NS);
        }
    }

    private void scheduleHousekeeping(final SimProcess of)
    {
        world.after(HOUSEKEEP_NS / 4 + pace.exponential(HOUSEKEEP_NS), "broker.housekeep", () ->
        {
            if (of != life)
            {
                return;
            }
            if (of.isPaused || within("broker.housekeep", () -> housekeep(of)))
            {
                scheduleHousekeeping(of);
            }
        });
    }

    private void housekeep(final SimProcess of)
    {
        if (world.nowNs() >= stalledUntilNs)
        {
            of.housekeep(clock.nowNs(), pace);
        }
    }

    @Override
    public void onImage(final int brokerId)
    {
        life.node.shard().onImage(brokerId);
    }

    @Override
    public void onImageGone(final int brokerId)
    {
        life.node.shard().onImageGone(brokerId);
    }

    @Override
    public void onMessage(final int brokerId, final DirectBuffer buffer, final int index, final int length)
    {
        if (life.isMuted)
        {
            life.node.shard().onMessage(brokerId, buffer, index, length);
            return;
        }
        listener.beforeMessage(id, buffer, index);
        life.node.shard().onMessage(brokerId, buffer, index, length);
        listener.afterMessage(id, brokerId);
    }

    // What happens to it

    /**
     * Tell the process to stop in order. Nothing where none runs.
     */
    public void stop()
    {
        run("broker.stop", () -> life.node.stop());
    }

    /**
     * Kill the process: its memory is gone, what it stored in files is not.
     *
     * @param operations of its disk that it still does at most; with 0 it dies now, in half of the cases while it
     *                   stores what its next cycle brings.
     */
    public void kill(final int operations)
    {
        if (null == life)
        {
            return;
        }
        if (operations > 0)
        {
            final SimProcess of = life;
            of.storage.dieAfter(operations);
            world.after(KILL_PATIENCE_NS, "broker.kill", () ->
            {
                if (of == life)
                {
                    kill(0);
                }
            });
            return;
        }
        if (!life.isPaused && null != life.node && site.nextBoolean())
        {
            dieStoring();
        }
        if (null != life)
        {
            world.trace().add("broker.kill", id, life.number, 0);
            end(false);
        }
    }

    /** One more cycle of which nothing comes out, and of whose stores only a part is done. */
    private void dieStoring()
    {
        final SimProcess of = life;
        of.mute();
        if (within("broker.last", () -> of.work(this, clock.nowNs())))
        {
            world.trace().add("broker.torn", id, of.number, of.storage.tearLastStores(site));
        }
    }

    /**
     * The host loses its power: the process, its memory, and parts of what was not synced are gone.
     */
    public void losePower()
    {
        if (null != life)
        {
            end(false);
        }
        world.trace().add("broker.power", id, starts, 0);
        disk.losePower();
        bootId = newUuid();
        listener.onStorageLost(id);
    }

    /**
     * The host, whose process does not run, gets an empty disk.
     */
    public void wipe()
    {
        if (null == life)
        {
            disk.wipe();
            listener.onStorageLost(id);
        }
    }

    /**
     * The disk has no room for a while.
     *
     * @param lengthNs simulated ns.
     */
    public void fillDisk(final long lengthNs)
    {
        disk.capacity(disk.used() + ROOM_OF_A_FULL_DISK);
        world.after(lengthNs, "disk.room", () -> disk.capacity(Long.MAX_VALUE));
    }

    /**
     * The process stands still, with its transport and its session: as in a long collection of garbage. Nothing where
     * none runs; where it stands already, it does so longer.
     *
     * @param lengthNs simulated ns from now.
     */
    public void pause(final long lengthNs)
    {
        if (null == life)
        {
            return;
        }
        final SimProcess of = life;
        final long untilNs = world.nowNs() + lengthNs;
        if (of.isPaused && of.resume.timeNs() >= untilNs)
        {
            return;
        }
        if (of.isPaused)
        {
            of.resume.cancel();
        }
        else
        {
            world.trace().add("broker.pause", id, lengthNs, 0);
            of.isPaused = true;
            of.pausedNs = world.nowNs();
            cluster.network().pause(id, true);
            cluster.ensemble().pause(host, true);
        }
        of.resume = world.at(untilNs, "broker.resume", () ->
        {
            if (of == life)
            {
                resume(of);
            }
        });
    }

    /**
     * The disk takes its time: the housekeeper gets nothing done, whatever the process is.
     *
     * @param lengthNs simulated ns from now, 0 to let it go on.
     */
    public void stall(final long lengthNs)
    {
        stalledUntilNs = world.nowNs() + lengthNs;
    }

    /**
     * Let the process go on that stands still. Nothing where none does.
     */
    public void resume()
    {
        if (null != life && life.isPaused)
        {
            life.resume.cancel();
            resume(life);
        }
    }

    private void resume(final SimProcess of)
    {
        world.trace().add("broker.resume", id, 0, 0);
        of.isPaused = false;
        cluster.network().pause(id, false);
        cluster.ensemble().pause(host, false);
        if (world.nowNs() - of.pausedNs > CLIENT_LIVENESS_NS)
        {
            of.links.rebuild();
        }
        scheduleCycle(of, WAKE_NS);
    }

    private void end(final boolean isInOrder)
    {
        final SimProcess ended = life;
        life = null;
        if (null != nextCycle)
        {
            nextCycle.cancel();
        }
        if (ended.isPaused)
        {
            ended.resume.cancel();
            cluster.network().pause(id, false);
            cluster.ensemble().pause(host, false);
        }
        ended.kill();
        disk.end();
        listener.onEnded(id, isInOrder);
    }

    @Override
    public String toString()
    {
        return "broker " + id + (null == life ? ", down" : life.isPaused ? ", paused" : ", up");
    }
}
