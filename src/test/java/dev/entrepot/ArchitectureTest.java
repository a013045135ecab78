package dev.entrepot;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.stereotype.Component;
import org.springframework.stereotype.Controller;
import org.springframework.stereotype.Repository;
import org.springframework.stereotype.Service;

/** The map of the packages, and what holds everywhere. An arrow that is not here does not exist. */
class ArchitectureTest {

  private static final String ROOT = "dev.entrepot";

  /** Who may use whom; a sub-package belongs to its package. */
  private static final Map<String, List<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("oci", List.of()),
          Map.entry("metrics", List.of()),
          Map.entry("reload", List.of()),
          Map.entry("manifest", List.of("oci")),
          Map.entry("archive", List.of("oci", "manifest")),
          Map.entry("route", List.of("oci")),
          Map.entry("tls", List.of("metrics", "reload")),
          Map.entry("access", List.of("oci", "route")),
          Map.entry("credentials", List.of("oci", "metrics")),
          Map.entry("cache", List.of("oci", "metrics")),
          Map.entry("upstream", List.of("oci", "metrics", "reload", "route", "tls", "credentials")),
          Map.entry(
              "pull",
              List.of("oci", "metrics", "manifest", "route", "access", "upstream", "cache")),
          Map.entry("stock", List.of("oci", "metrics", "manifest", "archive", "cache")),
          Map.entry("web", List.of("oci", "metrics", "route", "tls", "access", "cache", "pull")),
          Map.entry(
              "admin",
              List.of(
                  "oci",
                  "metrics",
                  "route",
                  "tls",
                  "access",
                  "credentials",
                  "upstream",
                  "cache",
                  "pull",
                  "manifest",
                  "stock")),
          Map.entry(
              "check", List.of("oci", "route", "tls", "access", "credentials", "upstream", "pull")),
          Map.entry("node", List.of()),
          Map.entry("demo", List.of("oci")),
          Map.entry(
              "cli",
              List.of(
                  "oci",
                  "metrics",
                  "reload",
                  "route",
                  "tls",
                  "access",
                  "credentials",
                  "upstream",
                  "cache",
                  "pull",
                  "manifest",
                  "archive",
                  "stock",
                  "web",
                  "admin",
                  "check",
                  "node",
                  "demo")));

  /** What a vendor's package is fenced into. */
  private static final Map<String, List<String>> CORNERS =
      Map.of(
          "org.bouncycastle..", List.of("tls"),
          "reactor.netty.http.server..", List.of("web", "demo"),
          "reactor.netty.http.client..", List.of("upstream"),
          "io.github.resilience4j..", List.of("upstream"),
          "java.net.http..", List.of("credentials.azure", "credentials.google", "demo", "admin"),
          "org.springframework.web..", List.of("admin"),
          "picocli..", List.of("cli"),
          "org.apache.commons.compress..", List.of("archive"),
          "software.amazon.awssdk..", List.of("credentials.aws", "cache.s3"),
          "com.google..", List.of("credentials.google"));

  private static final JavaClasses CLASSES =
      new ClassFileImporter().withImportOption(new DoNotIncludeTests()).importPackages(ROOT);

  @Test
  void dependenciesPointOneWay() {
    // Given
    LayeredArchitecture map =
        layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("main")
            .definedBy(ROOT);
    for (String name : MAY_USE.keySet()) {
      map = map.layer(name).definedBy(inside(name));
    }
    map = map.whereLayer("main").mayOnlyAccessLayers("cli");
    for (Map.Entry<String, List<String>> arrows : MAY_USE.entrySet()) {
      String[] targets = arrows.getValue().toArray(String[]::new);
      map =
          targets.length == 0
              ? map.whereLayer(arrows.getKey()).mayNotAccessAnyLayer()
              : map.whereLayer(arrows.getKey()).mayOnlyAccessLayers(targets);
    }

    // When / Then
    map.check(CLASSES);
  }

  @Test
  void everyPackageIsOnTheMap() {
    classes()
        .that()
        .resideOutsideOfPackage(ROOT)
        .should()
        .resideInAnyPackage(
            MAY_USE.keySet().stream().map(ArchitectureTest::inside).toArray(String[]::new))
        .check(CLASSES);
  }

  @Test
  void noCycles() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @ParameterizedTest
  @MethodSource("fences")
  void vendorsStayInTheirCorner(Map.Entry<String, List<String>> fence) {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            fence.getValue().stream().map(ArchitectureTest::inside).toArray(String[]::new))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(fence.getKey())
        .check(CLASSES);
  }

  @Test
  void wordsKnowNoFramework() {
    classes()
        .that()
        .resideInAPackage(inside("oci"))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(inside("oci"), "java..", "org.jspecify..")
        .check(CLASSES);
  }

  @Test
  void nothingBlocksAnEventLoop() {
    noClasses()
        .should()
        .callCodeUnitWhere(
            JavaCall.Predicates.target(owner(assignableTo(Publisher.class)))
                .and(JavaCall.Predicates.target(nameMatching("block.*|toIterable|toStream"))))
        .check(CLASSES);
  }

  @Test
  void everyPackageIsNullMarked() {
    // When
    Set<JavaPackage> unmarked =
        CLASSES.stream()
            .map(JavaClass::getPackage)
            .filter(home -> !home.isAnnotatedWith(NullMarked.class))
            .collect(Collectors.toSet());

    // Then
    assertThat(unmarked).extracting(JavaPackage::getName).isEmpty();
  }

  @Test
  void wiringOnlyInConfigurations() {
    methods()
        .that()
        .areAnnotatedWith(Bean.class)
        .should()
        .beDeclaredInClassesThat()
        .haveSimpleNameEndingWith("Configuration")
        .allowEmptyShould(true)
        .check(CLASSES);
    classes()
        .that()
        .areAnnotatedWith(Configuration.class)
        .should()
        .haveSimpleNameEndingWith("Configuration")
        .andShould()
        .bePackagePrivate()
        .allowEmptyShould(true)
        .check(CLASSES);
    noClasses()
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(
            Component.class,
            Service.class,
            Repository.class,
            Controller.class,
            Autowired.class,
            Value.class)
        .check(CLASSES);
  }

  static Set<Map.Entry<String, List<String>>> fences() {
    return CORNERS.entrySet();
  }

  private static String inside(String name) {
    return ROOT + "." + name + "..";
  }
}
