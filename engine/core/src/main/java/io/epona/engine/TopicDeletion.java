package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.Coordination.Status;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Unmakes a topic: remove its name (the commit point), withdraw it from the catalogue, wait until the owners of its
 * partitions have let go, delete the files, remove the states. After the commit nothing is undone; what a crash or an
 * error leaves, the next start removes, since states without a topic say whose files they are.
 * <pre>
 *   NEW -> (name) -> ANNOUNCE -> RELEASE -> LOGS -> (states) -> DONE
 * </pre>
 * In brackets: waiting for the coordination. Owned by the housekeeper; the releases may come from any thread.
 */
final class TopicDeletion implements TopicOperation
{
    private static final long REPORT_AFTER_NS = TimeUnit.SECONDS.toNanos(30);
    private static final int ATTEMPTS = 3;

    private enum State
    {
        NEW, WAITING, ANNOUNCE, RELEASE, LOGS, DONE
    }

    private final Topics topics;
    private final TopicRequest request;
    private final AtomicInteger releases = new AtomicInteger();
    private State state = State.NEW;
    private Catalogue.Entry entry;
    private int next;
    private int expectedReleases;
    private int attempts;
    private long reportAtNs;
    private boolean isReported;
    private boolean isWithdrawn;
    private boolean isComplete = true;

    /** Counts once however often it is called. */
    private static final class CountedRelease implements PartitionListener.Release
    {
        private final AtomicInteger releases;
        private final AtomicInteger calls = new AtomicInteger();

        private CountedRelease(final AtomicInteger releases)
        {
            this.releases = releases;
        }

        @Override
        public void release()
        {
            if (0 == calls.getAndIncrement())
            {
                releases.incrementAndGet();
            }
        }
    }

    TopicDeletion(final Topics topics, final TopicRequest request)
    {
        this.topics = topics;
        this.request = request;
    }

    @Override
    public int poll(final long nowNs)
    {
        switch (state)
        {
            case NEW ->
            {
                start(nowNs);
                return 1;
            }
            case ANNOUNCE ->
            {
                return announce();
            }
            case RELEASE ->
            {
                return awaitRelease(nowNs);
            }
            case LOGS ->
            {
                return deleteLog();
            }
            default ->
            {
                return 0;
            }
        }
    }

    @Override
    public boolean isDone()
    {
        return State.DONE == state;
    }

    @Override
    public int partitionCount()
    {
        return 0;
    }

    @Override
    public boolean holdsName()
    {
        return State.NEW == state || State.WAITING == state && !isWithdrawn;
    }

    @Override
    public TopicRequest request()
    {
        return request;
    }

    private void start(final long nowNs)
    {
        entry = topics.catalogue().entry(request.name());
        if (null == entry)
        {
            refuseUnknown();
            return;
        }

        reportAtNs = nowNs + REPORT_AFTER_NS;
        state = State.WAITING;
        topics.registry.removeTopic(request.name(), entry.info().topicId(), this::onNameRemoved);
    }

    private void onNameRemoved(final Status status)
    {
        if (Status.OK == status)
        {
            topics.withdraw(entry.info().topicId());
            isWithdrawn = true;
            state = State.ANNOUNCE;
        }
        else if (Status.NO_NODE == status)
        {
            refuseUnknown();
        }
        else
        {
            TopicOperation.refuse(request, status, "delete topic " + request.name());
            state = State.DONE;
        }
    }

    private int announce()
    {
        int workCount = 0;
        final Partition[] partitions = entry.partitions();
        while (next < partitions.length)
        {
            // One that the listener never heard of needs no leave-taking.
            if (null != partitions[next] && !topics.unannounced.remove(partitions[next]))
            {
                if (!topics.listener.onPartitionClosing(partitions[next], new CountedRelease(releases)))
                {
                    return workCount;
                }
                expectedReleases++;
            }
            next++;
            workCount++;
        }
        next = 0;
        state = State.RELEASE;

        return workCount + 1;
    }

    private int awaitRelease(final long nowNs)
    {
        if (releases.get() == expectedReleases)
        {
            state = State.LOGS;
            return 1;
        }

        if (!isReported && nowNs - reportAtNs > 0)
        {
            isReported = true;
            topics.reporter.report(
                ResultCode.TIMED_OUT,
                "the owners of " + (expectedReleases - releases.get()) + " partitions of the deleted topic " +
                request.name() + " have not let go of them: its files stay until they do",
                null);
        }

        return 0;
    }

    private int deleteLog()
    {
        final int partitionCount = entry.logs().length;
        if (next < partitionCount)
        {
            try
            {
                if (!tryDeleteLog())
                {
                    return 0;
                }
                next++;
                attempts = 0;
            }
            catch (final IOException ex)
            {
                onDeleteFailed(ex);
            }
            return 1;
        }

        if (isComplete)
        {
            state = State.WAITING;
            topics.registry.removeStates(
                entry.info().topicId(),
                IntStream.range(0, partitionCount).boxed().toList(),
                (status) -> finish());
        }
        else
        {
            request.refuse(
                ResultCode.INTERNAL,
                "topic " + request.name() + " is deleted, but some of its files could not be removed: " +
                "the next start removes them");
            state = State.DONE;
        }

        return 1;
    }

    private boolean tryDeleteLog() throws IOException
    {
        if (null != entry.logs()[next])
        {
            topics.logKeeper.remove(entry.logs()[next]);
            if (!entry.logs()[next].delete())
            {
                return false;
            }
        }
        topics.directory.deletePartition(
            topics.directory.partitionPath(request.name(), next, entry.info().topicId()));

        return true;
    }

    private void onDeleteFailed(final IOException ex)
    {
        attempts++;
        if (ATTEMPTS == attempts)
        {
            topics.reporter.report(
                ResultCode.INTERNAL,
                "files of partition " + next + " of the deleted topic " + request.name() + " cannot be removed (" +
                ex + "): the next start removes them",
                ex);
            isComplete = false;
            attempts = 0;
            next++;
        }
    }

    // Whatever became of the states: the topic is gone, and the next start removes states that have no topic.
    private void finish()
    {
        request.succeed(entry.info());
        state = State.DONE;
    }

    private void refuseUnknown()
    {
        request.refuse(
            ResultCode.UNKNOWN_TOPIC, "there is no topic '" + request.name() + "': list the topics for their names");
        state = State.DONE;
    }
}
