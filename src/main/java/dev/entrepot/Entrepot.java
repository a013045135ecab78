package dev.entrepot;

/** The program's entry point. */
public final class Entrepot {

  private Entrepot() {}

  public static void main(String[] arguments) {
    System.out.println("entrepot");
  }
}
