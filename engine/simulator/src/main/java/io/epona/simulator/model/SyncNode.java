package io.epona.simulator.model;

import java.util.Arrays;

/**
 * One broker of {@link SyncModel}. A log is a string, the character at an offset its epoch. Changed only while a step
 * makes its copy; a part of a state afterwards.
 */
final class SyncNode
{
    /** What it is in its epoch. */
    enum Role
    {
        LEADER, SYNCING, RUNNING, CUTTING, WAITING
    }

    int life;
    int epoch = -1;
    Role role = Role.WAITING;
    String log = "";

    // Of a follower.
    int leaderId = -1;
    int leaderLife;
    int syncId;
    boolean isAsked;
    int cutTo;

    // Of a leader.
    int followerLife = -1;
    int followerSync;
    boolean isMatched;
    int next;
    int acked = -1;
    /** Wrong, and planted: whether it found the follower to differ, the last time. */
    boolean wasDiverged;

    SyncNode copy()
    {
        final SyncNode copy = new SyncNode();
        copy.life = life;
        copy.epoch = epoch;
        copy.role = role;
        copy.log = log;
        copy.leaderId = leaderId;
        copy.leaderLife = leaderLife;
        copy.syncId = syncId;
        copy.isAsked = isAsked;
        copy.cutTo = cutTo;
        copy.followerLife = followerLife;
        copy.followerSync = followerSync;
        copy.isMatched = isMatched;
        copy.next = next;
        copy.acked = acked;
        copy.wasDiverged = wasDiverged;
        return copy;
    }

    boolean isFollower()
    {
        return Role.SYNCING == role || Role.RUNNING == role || Role.CUTTING == role;
    }

    /** Leave the role: nothing of it is left but the number of the last sync. */
    void become(final Role another)
    {
        role = another;
        leaderId = -1;
        leaderLife = 0;
        isAsked = false;
        cutTo = 0;
        followerLife = -1;
        followerSync = 0;
        isMatched = false;
        next = 0;
        acked = -1;
        wasDiverged = false;
    }

    /** Begin another sync. */
    void sync(final int fresh)
    {
        role = Role.SYNCING;
        syncId = fresh;
        isAsked = false;
        cutTo = 0;
    }

    int lastEpoch()
    {
        return log.isEmpty() ? -1 : log.charAt(log.length() - 1) - '0';
    }

    /** Where the greatest epoch at or below one ends, 0 where there is none. */
    int endOf(final int another)
    {
        int end = log.length();
        while (end > 0 && log.charAt(end - 1) - '0' > another)
        {
            end--;
        }

        return end;
    }

    private int[] numbers()
    {
        return new int[]{
            life, epoch, role.ordinal(), leaderId, leaderLife, syncId, isAsked ? 1 : 0, cutTo, followerLife,
            followerSync, isMatched ? 1 : 0, next, acked, wasDiverged ? 1 : 0 };
    }

    @Override
    public boolean equals(final Object other)
    {
        return other instanceof SyncNode node && log.equals(node.log) &&
            Arrays.equals(numbers(), node.numbers());
    }

    @Override
    public int hashCode()
    {
        return log.hashCode() * 31 + Arrays.hashCode(numbers());
    }

    @Override
    public String toString()
    {
        return role + " life " + life + " epoch " + epoch + " log '" + log + "'" +
            (isFollower() ? " sync " + syncId + (isAsked ? " asked" : "") : "") +
            (Role.CUTTING == role ? " to " + cutTo : "") +
            (Role.LEADER == role ? " of life " + followerLife + " sync " + followerSync +
            (isMatched ? " matched" : "") + " next " + next + " acked " + acked : "");
    }
}
