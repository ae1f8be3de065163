package io.epona.engine.replica;

import io.epona.codecs.replication.Nack;

import java.util.ArrayList;
import java.util.List;

/**
 * What a shard knows of another broker, and what it has to tell it. Nothing is queued: lists name who has something to
 * say, and what that is they say when there is room. Owned by the shard's thread.
 */
final class PeerLink
{
    private final ShardState shard;
    private final int brokerId;
    private final List<FollowerProgress> led = new ArrayList<>();
    private final List<Follower> followed = new ArrayList<>();
    private final FollowerProgress[] toldProgress = new FollowerProgress[ReplicationPublisher.ENTRIES_MAX];
    private final Follower[] toldFollowers = new Follower[ReplicationPublisher.ENTRIES_MAX];
    private int registeredEpoch = -1;
    private boolean isRunning;
    private int heardEpoch = -1;
    private long heardAtNs;
    private long toldAtNs;
    private int relations;
    private int turn;
    private boolean wasSilent;

    PeerLink(final ShardState shard, final int brokerId)
    {
        this.shard = shard;
        this.brokerId = brokerId;
        this.heardAtNs = shard.nowNs();
        this.toldAtNs = shard.nowNs() - shard.ctx.heartbeatNs();
    }

    int brokerId()
    {
        return brokerId;
    }

    /** What the registry says of the broker. */
    void onBroker(final int epoch, final boolean isBrokerRunning)
    {
        registeredEpoch = epoch;
        isRunning = isBrokerRunning;
    }

    /** Whether this very life of the broker is registered and not stopping. */
    boolean isRunning(final int epoch)
    {
        return isRunning && registeredEpoch == epoch;
    }

    /** Whether some life of the broker is registered and not stopping. */
    boolean isRunning()
    {
        return isRunning;
    }

    /**
     * A message came.
     *
     * @param epoch life of the sender.
     * @return false where it is of a former life: then nothing in it counts.
     */
    boolean onHeard(final int epoch)
    {
        if (epoch < heardEpoch || epoch < registeredEpoch)
        {
            return false;
        }

        heardEpoch = epoch;
        heardAtNs = shard.nowNs();
        wasSilent = false;

        return true;
    }

    /** Whether nothing was heard for too long, since a time at least. */
    boolean isSilent(final long sinceNs)
    {
        return shard.nowNs() - Math.max(sinceNs, heardAtNs) > shard.ctx.silentNs();
    }

    /** A role began that makes this broker a peer. */
    void relate()
    {
        relations++;
    }

    void unrelate()
    {
        relations--;
    }

    /** Whether the broker fell silent since this was asked last. */
    boolean takeSilence()
    {
        final boolean isNew = relations > 0 && !wasSilent && isSilent(heardAtNs);
        wasSilent |= isNew;
        return isNew;
    }

    /** A follower there is to get data or news. */
    void tell(final FollowerProgress progress)
    {
        if (!progress.isListed())
        {
            progress.isListed(true);
            led.add(progress);
        }
    }

    /** A follower here has something to say to its leader there. */
    void tell(final Follower follower)
    {
        if (!follower.isListed())
        {
            follower.isListed(true);
            followed.add(follower);
        }
    }

    /** Send what there is to say, as far as there is room. */
    int doWork()
    {
        int work = 0;
        if (!followed.isEmpty())
        {
            work += sendFollowers();
        }
        if (!led.isEmpty())
        {
            work += sendBatches() + sendProgress();
        }
        if (relations > 0 && shard.nowNs() - toldAtNs >= shard.ctx.heartbeatNs())
        {
            shard.publisher.beginProgress();
            told(shard.publisher.sendProgress(brokerId));
        }

        return work;
    }

    private boolean told(final long result)
    {
        if (result > 0)
        {
            toldAtNs = shard.nowNs();
        }

        return result > 0;
    }

    /** Members of the isr first, then who catches up; each gets one range, beginning with another one every time. */
    private int sendBatches()
    {
        int sent = 0;
        final int count = led.size();
        turn = turn + 1 < count ? turn + 1 : 0;
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < count; i++)
            {
                final FollowerProgress progress = led.get(turn + i < count ? turn + i : turn + i - count);
                if (progress.isMember() == (0 == pass))
                {
                    final long result = progress.sendBatches();
                    if (result < 0)
                    {
                        // No room: the cursors stay where they are.
                        return sent;
                    }
                    sent += result > 0 ? 1 : 0;
                }
            }
        }

        return sent;
    }

    private int sendProgress()
    {
        int work = 0;
        int told = 0;
        boolean hasRoom = true;
        for (int i = 0; i < led.size(); i++)
        {
            final FollowerProgress progress = led.get(i);
            if (progress.isProgressDue() && hasRoom)
            {
                if (0 == told)
                {
                    shard.publisher.beginProgress();
                }
                toldProgress[told++] = progress;
                progress.addProgress(shard.publisher);
                if (toldProgress.length == told)
                {
                    final int sent = finishProgress(told);
                    hasRoom = sent > 0;
                    work += sent;
                    told = 0;
                }
            }
        }
        if (told > 0)
        {
            work += finishProgress(told);
        }

        int kept = 0;
        for (int i = 0; i < led.size(); i++)
        {
            final FollowerProgress progress = led.get(i);
            if (progress.isNewsLeft())
            {
                led.set(kept++, progress);
            }
            else
            {
                progress.isListed(false);
            }
        }
        while (led.size() > kept)
        {
            led.remove(led.size() - 1);
        }

        return work;
    }

    /** How many were told: all, or none where there is no room. */
    private int finishProgress(final int count)
    {
        final boolean isSent = told(shard.publisher.sendProgress(brokerId));
        for (int i = 0; i < count; i++)
        {
            if (isSent)
            {
                toldProgress[i].onProgressSent();
            }
            toldProgress[i] = null;
        }

        return isSent ? count : 0;
    }

    private int sendFollowers()
    {
        // Acknowledgements first: a nack belongs to the sync that the following FollowerState ends.
        int work = 0;
        int count = 0;
        boolean hasRoom = true;
        for (int i = 0; i < followed.size() && hasRoom; i++)
        {
            final Follower follower = followed.get(i);
            if (follower.isAckDue())
            {
                if (0 == count)
                {
                    shard.publisher.beginAcks();
                }
                follower.addAck(shard.publisher);
                toldFollowers[count++] = follower;
                if (toldFollowers.length == count)
                {
                    final int sent = finishFollowers(count, true);
                    hasRoom = sent > 0;
                    work += sent;
                    count = 0;
                }
            }
        }
        if (count > 0)
        {
            final int sent = finishFollowers(count, true);
            hasRoom = sent > 0;
            work += sent;
            count = 0;
        }
        for (int i = 0; i < followed.size() && hasRoom; i++)
        {
            final Follower follower = followed.get(i);
            if (follower.isSyncDue())
            {
                if (0 == count)
                {
                    shard.publisher.beginFollowerState();
                }
                follower.addFollowerState(shard.publisher);
                toldFollowers[count++] = follower;
                if (toldFollowers.length == count)
                {
                    final int sent = finishFollowers(count, false);
                    hasRoom = sent > 0;
                    work += sent;
                    count = 0;
                }
            }
        }
        if (count > 0)
        {
            work += finishFollowers(count, false);
        }
        dropSilentFollowers();

        return work;
    }

    private int finishFollowers(final int count, final boolean isAck)
    {
        final boolean isSent = told(
            isAck ? shard.publisher.sendAcks(brokerId) : shard.publisher.sendFollowerState(brokerId));
        for (int i = 0; i < count; i++)
        {
            if (isSent)
            {
                if (isAck)
                {
                    toldFollowers[i].onAckSent();
                }
                else
                {
                    toldFollowers[i].onFollowerStateSent();
                }
            }
            toldFollowers[i] = null;
        }

        return isSent ? count : 0;
    }

    private void dropSilentFollowers()
    {
        int kept = 0;
        for (int i = 0; i < followed.size(); i++)
        {
            final Follower follower = followed.get(i);
            if (follower.isNewsLeft())
            {
                followed.set(kept++, follower);
            }
            else
            {
                follower.isListed(false);
            }
        }
        while (followed.size() > kept)
        {
            followed.remove(followed.size() - 1);
        }
    }

    /** Tell a leader of a former epoch that it is one. Lost where there is no room: its next message brings it up. */
    void fence(final Replica replica, final long syncId)
    {
        shard.publisher.beginAcks();
        shard.publisher.addAck(
            replica.topicId(), replica.partition(), replica.leaderEpoch(), syncId, replica.logEnd(),
            replica.log().flushedEnd(), Nack.FENCED);
        told(shard.publisher.sendAcks(brokerId));
    }
}
