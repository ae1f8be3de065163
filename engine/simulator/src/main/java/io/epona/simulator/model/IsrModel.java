package io.epona.simulator.model;

import io.epona.engine.cluster.BrokerRecord;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.simulator.model.IsrNode.Progress;
import io.epona.simulator.model.IsrNode.Role;
import io.epona.simulator.model.IsrNode.Stage;
import io.epona.simulator.model.IsrNode.Write;
import io.epona.simulator.model.IsrState.Budget;

import java.util.ArrayList;
import java.util.List;

/**
 * One partition: its state and its brokers in the coordination, its leader with what it counts and proposes, its
 * followers, a controller. {@link io.epona.engine.cluster.PartitionTransition} and
 * {@link io.epona.engine.cluster.PartitionReconciler} are the real ones.
 * <p>
 * <b>Writes.</b> An attempt is applied, refused, or its connection breaks: then it was applied, never will be, or is
 * applied at any time later, also after the next attempt, and after the session is over. That is more than ZooKeeper
 * does. The controller decides on what it last saw of each broker.
 * <p>
 * <b>Left out.</b> How logs are matched and copied ({@link SyncModel}): a follower of the leader's epoch is cut to what
 * both have in one step, and copies a record and is heard in another one, for who is heard late might have copied
 * late. How a start finds out whether something was lost ({@link LifeModel}): it knows. Several controllers: the next
 * one begins from what is, and the first one's writes are refused. High watermarks of followers: a new leader begins
 * with none, which asks the least of who comes in.
 */
final class IsrModel implements Model<IsrState>
{
    private static final char FIRST_EPOCH = '0';

    private final int count;
    private final int minIsr;
    private final int records;
    private final Budget budget;
    private final IsrRules rules;
    private final IsrEnsemble ensemble;

    /**
     * @param count   brokers.
     * @param minIsr  of the partition.
     * @param records that a log holds at most.
     * @param budget  of what goes wrong.
     * @param wrong   what is planted, or null.
     */
    IsrModel(final int count, final int minIsr, final int records, final Budget budget, final IsrWrong wrong)
    {
        this.count = count;
        this.minIsr = minIsr;
        this.records = records;
        this.budget = budget;
        this.rules = new IsrRules(count, wrong);
        this.ensemble = new IsrEnsemble(rules, budget.powers());
    }

    @Override
    public IsrState initial()
    {
        final IsrState state = new IsrState(count);
        final List<Integer> replicas = new ArrayList<>();
        final List<Member> isr = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            replicas.add(i);
            isr.add(new Member(i, 0));
            state.brokers[i] = new BrokerRecord(i, 0, 0, 0, true, true);
            state.seen[i] = state.brokers[i];
            state.nodes[i] = new IsrNode();
        }
        state.partition = PartitionState.ofReplicas(replicas, isr, minIsr, 1, false, false);
        state.left = budget;
        for (int i = 0; i < count; i++)
        {
            rules.read(state, i, 0, state.partition);
        }

        return state;
    }

    @Override
    public void steps(final IsrState state, final Steps<IsrState> steps)
    {
        for (int i = 0; i < count; i++)
        {
            life(state, i, steps);
            if (state.nodes[i].isUp)
            {
                views(state, i, steps);
                replication(state, i, steps);
                proposals(state, i, steps);
                attempts(state, i, steps);
            }
        }
        controller(state, steps);
        for (int i = 0; i < state.late.size(); i++)
        {
            final IsrState next = state.copy();
            ensemble.write(next, state.late.get(i));
            steps.step("late write", i, -1, next);
        }
    }

    // Processes and sessions.

    private void life(final IsrState state, final int id, final Steps<IsrState> steps)
    {
        final IsrNode node = state.nodes[id];
        if (node.isUp)
        {
            if (state.left.kills() > 0 || node.isFaulted)
            {
                final IsrState next = state.copyFor(id).left(node.isFaulted ? 0 : 1, 0, 0, 0, 0, 0);
                next.lose(id);
                next.nodes[id].die();
                next.nodes[id].isFaulted = node.isFaulted;
                give(steps, node.isFaulted, "kill", id, -1, next);
            }
            if (!state.isRegistered(id) && !node.isFaulted)
            {
                final IsrState next = state.copyFor(id);
                ensemble.register(next, id, true, false);
                steps.step("register again", id, -1, next);
            }
        }
        else
        {
            restart(state, id, steps);
        }
        if (state.brokers[id].isRegistered() && (!node.isUp || state.left.expires() > 0))
        {
            final IsrState next = state.copy().left(0, 0, node.isUp ? 1 : 0, 0, 0, 0);
            final BrokerRecord broker = state.brokers[id];
            next.brokers[id] = new BrokerRecord(
                id, broker.brokerEpoch(), broker.cleanSince(), broker.durableSince(), false, false);
            next.look();
            give(steps, !node.isUp, "expire", id, -1, next);
        }
    }

    private void restart(final IsrState state, final int id, final Steps<IsrState> steps)
    {
        final IsrNode node = state.nodes[id];
        if (!node.isFaulted)
        {
            final IsrState next = state.copyFor(id);
            next.nodes[id].isUp = true;
            ensemble.register(next, id, true, false);
            steps.step("start", id, -1, next);
        }
        if (node.isFaulted || state.left.powers() > 0)
        {
            for (int end = 0; end <= node.log.length(); end++)
            {
                final IsrState next = state.copyFor(id).left(0, node.isFaulted ? 0 : 1, 0, 0, 0, 0);
                next.nodes[id].isUp = true;
                next.nodes[id].isFaulted = false;
                next.nodes[id].log = node.log.substring(0, end);
                ensemble.register(next, id, rules.is(IsrWrong.LOSS_IS_NOT_TOLD), node.isFaulted);
                give(steps, node.isFaulted, "start with what is left", id, end, next);
            }
        }
    }

    // What a broker knows.

    private void views(final IsrState state, final int id, final Steps<IsrState> steps)
    {
        final IsrNode node = state.nodes[id];
        if (!state.isRegistered(id))
        {
            return;
        }
        final boolean isBlind = null != node.wish && rules.is(IsrWrong.RETRIED_FOR_EVER);
        if (IsrRules.isNews(state, node) && !isBlind)
        {
            final IsrState next = state.copyFor(id);
            rules.read(next, id, state.version, state.partition);
            steps.step("read", id, -1, next);
        }
        else if (rules.is(IsrWrong.READ_DECIDES) && null != node.wish && Stage.UNKNOWN == node.wish.stage())
        {
            final IsrState next = state.copyFor(id);
            next.nodes[id].wish = null;
            rules.advance(next, id);
            next.nodes[id].forget();
            steps.step("read", id, -1, next);
        }
    }

    // Logs.

    private void replication(final IsrState state, final int id, final Steps<IsrState> steps)
    {
        final IsrNode node = state.nodes[id];
        if (Role.LEADER == node.role && node.log.length() < records)
        {
            final IsrState next = state.copyFor(id);
            next.nodes[id].log += (char)(FIRST_EPOCH + node.epoch);
            rules.advance(next, id);
            steps.step("append", id, -1, next);
        }
        if (Role.FOLLOWER != node.role)
        {
            return;
        }

        final int leaderId = node.leaderId;
        final IsrNode leader = state.nodes[leaderId];
        if (!leader.isLeading() || leader.epoch != node.epoch)
        {
            return;
        }
        if (!node.isMatched)
        {
            final IsrState next = state.copyFor(id);
            next.nodes[leaderId] = leader.copy();
            next.nodes[id].log = node.log.substring(0, IsrRules.common(node.log, leader.log));
            next.nodes[id].isMatched = true;
            rules.ack(next, id, leaderId);
            steps.step("match", id, leaderId, next);
            return;
        }

        if (node.log.length() < leader.log.length())
        {
            final IsrState next = state.copyFor(id);
            next.nodes[leaderId] = leader.copy();
            next.nodes[id].log += leader.log.charAt(node.log.length());
            rules.ack(next, id, leaderId);
            steps.step("copy", id, leaderId, next);
        }
    }

    // What a leader proposes.

    private void proposals(final IsrState state, final int id, final Steps<IsrState> steps)
    {
        final IsrNode node = state.nodes[id];
        if (Role.LEADER != node.role || null != node.wish)
        {
            return;
        }
        if (state.left.leaders() > 0)
        {
            resign(state, id, steps);
        }
        if (node.known.recovering())
        {
            propose(state, id, new PartitionOp.Recovered(), false, steps);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            final Member former = member(node.known.isr(), i);
            final Progress progress = node.progress.get(i);
            if (i == id)
            {
                continue;
            }
            if (null != former && state.left.leaders() > 0)
            {
                propose(state, id, new PartitionOp.Shrink(former), true, steps);
            }
            if ((null == former || former.brokerEpoch() < progress.life()) && progress.life() >= 0 &&
                progress.end() >= node.highWatermark && state.brokers[i].isRegistered() &&
                (progress.end() >= node.start || rules.is(IsrWrong.START_IS_NOT_REACHED)))
            {
                propose(state, id, new PartitionOp.Expand(new Member(i, progress.life())), false, steps);
            }
        }
    }

    private static Member member(final List<Member> members, final int id)
    {
        return members.stream().filter((member) -> id == member.brokerId()).findFirst().orElse(null);
    }

    private void resign(final IsrState state, final int id, final Steps<IsrState> steps)
    {
        for (final boolean isLogGood : new boolean[]{ true, false })
        {
            final IsrState next = state.copyFor(id).left(0, 0, 0, 0, 1, 0);
            rules.become(next.nodes[id], Role.WAITING);
            next.nodes[id].isFaulted = !isLogGood;
            rules.wish(next, id, new PartitionOp.Resign(isLogGood));
            steps.fault(isLogGood ? "resign" : "resign with a damaged log", id, -1, next);
        }
    }

    private void propose(
        final IsrState state, final int id, final PartitionOp.LeaderOp op, final boolean isFault,
        final Steps<IsrState> steps)
    {
        final IsrState next = state.copyFor(id).left(0, 0, 0, 0, isFault ? 1 : 0, 0);
        rules.wish(next, id, op);
        rules.advance(next, id);
        final int whom = op instanceof PartitionOp.Expand expand ? expand.member().brokerId() :
            op instanceof PartitionOp.Shrink shrink ? shrink.member().brokerId() : -1;
        give(steps, !isFault, "propose " + op.getClass().getSimpleName(), id, whom, next);
    }

    private void attempts(final IsrState state, final int id, final Steps<IsrState> steps)
    {
        final IsrNode node = state.nodes[id];
        if (null == node.wish)
        {
            return;
        }

        final Stage stage = node.wish.stage();
        if (Stage.ISSUED == stage)
        {
            final IsrState next = state.copyFor(id);
            next.nodes[id].wish = node.wish.at(ensemble.write(next, node.wish.write()));
            steps.step("write", id, -1, next);
        }
        else if (Stage.UNKNOWN == stage && state.isRegistered(id))
        {
            final IsrState next = state.copyFor(id);
            next.nodes[id].wish = node.wish.at(Stage.ISSUED);
            steps.step("write again", id, -1, next);
        }
        else if (Stage.UNKNOWN != stage && Stage.TO_READ != stage)
        {
            final IsrState next = state.copyFor(id);
            rules.answer(next, id);
            steps.step("answer " + stage, id, -1, next);
        }

        if (state.left.losses() > 0 && Stage.UNKNOWN != stage && Stage.TO_READ != stage)
        {
            final IsrState next = state.copyFor(id).left(0, 0, 0, 1, 0, 0);
            next.lose(id);
            next.nodes[id].wish = rules.is(IsrWrong.UNKNOWN_IS_REFUSED) ? null : node.wish.at(Stage.UNKNOWN);
            rules.advance(next, id);
            next.nodes[id].forget();
            steps.fault("lose the connection", id, -1, next);
        }
    }

    // The controller.

    private void controller(final IsrState state, final Steps<IsrState> steps)
    {
        boolean isOld = false;
        for (int i = 0; i < count; i++)
        {
            if (!state.seen[i].equals(state.brokers[i]))
            {
                isOld = true;
                final IsrState next = state.copy();
                next.seen[i] = state.brokers[i];
                steps.step("controller sees", i, -1, next);
            }
        }
        if (null != state.decision)
        {
            final IsrState next = state.copy();
            ensemble.write(next, state.decision);
            next.decision = null;
            steps.step("controller writes", state.decision.next().leader(), -1, next);
        }
        else if (!isOld || state.left.delays() > 0)
        {
            final PartitionState wanted = IsrEnsemble.reconcile(state.partition, state.seen);
            if (wanted != state.partition)
            {
                final IsrState next = state.copy().left(0, 0, 0, 0, 0, isOld ? 1 : 0);
                final boolean isElection = PartitionState.NONE != wanted.leader() &&
                    wanted.leaderEpoch() > state.partition.leaderEpoch();
                next.decision = new Write(
                    null, state.version, wanted, isElection && !rules.is(IsrWrong.ELECTED_IS_NOT_CHECKED) ?
                    new Member(wanted.leader(), wanted.leaderBrokerEpoch()) : null);
                next.look();
                give(steps, !isOld, "controller decides", wanted.leader(), -1, next);
            }
        }
    }

    private static void give(
        final Steps<IsrState> steps, final boolean isByItself, final String action, final int who, final int whom,
        final IsrState next)
    {
        if (isByItself)
        {
            steps.step(action, who, whom, next);
        }
        else
        {
            steps.fault(action, who, whom, next);
        }
    }

    @Override
    public String broken(final IsrState state)
    {
        return null != state.broken ? state.broken : IsrInvariants.broken(state);
    }

    @Override
    public boolean isSettled(final IsrState state)
    {
        return IsrInvariants.isSettled(state, IsrEnsemble.reconcile(state.partition, state.brokers) == state.partition);
    }

    @Override
    public Object[] parts(final IsrState state)
    {
        return state.parts();
    }

    @Override
    public IsrState whole(final Object[] parts)
    {
        return IsrState.of(parts);
    }
}
