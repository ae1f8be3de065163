package io.epona.codecs.schema;

import uk.co.real_logic.sbe.ir.Signal;
import uk.co.real_logic.sbe.ir.Token;

import java.util.List;

/**
 * Goes through a generated flyweight in the order of its schema and hands out the same sample value for the same place
 * on each walk: every byte of a sample differs from its neighbours, so that a swapped or shifted field shows.
 */
abstract class FlyweightWalker
{
    static final int GROUP_COUNT = 2;

    private final String namespace;
    private int step;

    FlyweightWalker(final String namespace)
    {
        this.namespace = namespace;
    }

    final void walk(final Object flyweight, final List<Token> tokens) throws ReflectiveOperationException
    {
        walk(flyweight, tokens, 1, tokens.size() - 1);
    }

    abstract void onNumber(Object flyweight, Token encoding, String name, long value)
        throws ReflectiveOperationException;

    abstract void onZeros(Object flyweight, String name, int length) throws ReflectiveOperationException;

    abstract void onEnum(Object flyweight, String name, Object value) throws ReflectiveOperationException;

    abstract void onChoice(Object set, String name, boolean value) throws ReflectiveOperationException;

    abstract void onText(Object flyweight, String name, String value) throws ReflectiveOperationException;

    abstract void onBytes(Object flyweight, String name, byte[] value) throws ReflectiveOperationException;

    abstract Object onGroup(Object flyweight, String name, int count) throws ReflectiveOperationException;

    private void walk(final Object flyweight, final List<Token> tokens, final int from, final int to)
        throws ReflectiveOperationException
    {
        int i = from;
        while (i < to)
        {
            final Token token = tokens.get(i);
            switch (token.signal())
            {
                case BEGIN_FIELD -> field(flyweight, token.name(), tokens, i + 1);
                case BEGIN_GROUP -> group(flyweight, tokens, i);
                case BEGIN_VAR_DATA -> data(flyweight, token.name(), tokens.get(i + 3));
                default -> throw new IllegalStateException("unexpected " + token);
            }
            i += token.componentTokenCount();
        }
    }

    private void field(final Object flyweight, final String name, final List<Token> tokens, final int index)
        throws ReflectiveOperationException
    {
        final Token type = tokens.get(index);
        final int end = index + type.componentTokenCount();
        switch (type.signal())
        {
            case ENCODING -> encoding(flyweight, type, name);
            case BEGIN_ENUM ->
            {
                final Token last = tokens.get(end - 2);
                onEnum(flyweight, name, enumValue(type.applicableTypeName(), last.name()));
            }
            case BEGIN_SET ->
            {
                final Object set = nested(flyweight, name);
                for (int i = index + 1; i < end - 1; i++)
                {
                    onChoice(set, tokens.get(i).name(), 1 == (i - index) % 2);
                }
            }
            case BEGIN_COMPOSITE ->
            {
                final Object composite = nested(flyweight, name);
                for (int i = index + 1; i < end - 1; i++)
                {
                    encoding(composite, tokens.get(i), tokens.get(i).name());
                }
            }
            default -> throw new IllegalStateException("unexpected " + type);
        }
    }

    private void encoding(final Object flyweight, final Token type, final String name)
        throws ReflectiveOperationException
    {
        if (Signal.ENCODING != type.signal())
        {
            throw new IllegalStateException("unexpected " + type);
        }

        final boolean isUnused = name.startsWith("padding") || name.startsWith("reserved");
        if (type.arrayLength() > 1)
        {
            if (!isUnused)
            {
                throw new IllegalStateException("only padding is an array: " + type);
            }
            onZeros(flyweight, name, type.arrayLength());
        }
        else
        {
            onNumber(flyweight, type, name, isUnused ? 0 : sample(type));
        }
    }

    private long sample(final Token type)
    {
        step++;
        final int size = type.encoding().primitiveType().size();
        long value = 0;
        for (int i = 0; i < size; i++)
        {
            value |= ((step * 16L + i) & 0xFF) << (8 * i);
        }

        return switch (type.encoding().primitiveType())
        {
            case INT8 -> (byte)value;
            case INT16 -> (short)value;
            case INT32 -> (int)value;
            default -> value;
        };
    }

    private void group(final Object flyweight, final List<Token> tokens, final int index)
        throws ReflectiveOperationException
    {
        final Token token = tokens.get(index);
        final Object group = onGroup(flyweight, token.name(), GROUP_COUNT);
        final int begin = index + 1 + tokens.get(index + 1).componentTokenCount();
        for (int i = 0; i < GROUP_COUNT; i++)
        {
            group.getClass().getMethod("next").invoke(group);
            walk(group, tokens, begin, index + token.componentTokenCount() - 1);
        }
    }

    private void data(final Object flyweight, final String name, final Token varData)
        throws ReflectiveOperationException
    {
        step++;
        final String encoding = varData.encoding().characterEncoding();
        if (null == encoding)
        {
            onBytes(flyweight, name, new byte[]{ (byte)step, 0, (byte)0xFF, (byte)0x80 });
        }
        else
        {
            onText(flyweight, name, ("UTF-8".equals(encoding) ? "\u00e9\u6f22-" : "") + name + "-" + step);
        }
    }

    private static Object nested(final Object flyweight, final String name) throws ReflectiveOperationException
    {
        return flyweight.getClass().getMethod(name).invoke(flyweight);
    }

    private Object enumValue(final String type, final String name) throws ReflectiveOperationException
    {
        return Class.forName(namespace + "." + type).getMethod("valueOf", String.class).invoke(null, name);
    }

    static String capitalise(final String name)
    {
        return Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }
}
